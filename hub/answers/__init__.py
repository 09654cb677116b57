"""Answers, from the bytes of a question to the bytes that are sent: kept while they are true.

question.py    what is asked, and the key of its answer
documents.py   documents asked by a name: automatic persisted queries, trusted documents
kept.py        answers kept and shared
answer.py      an answer in its forms: media type, coding, headers
refusal.py     why a request is not answered
"""
