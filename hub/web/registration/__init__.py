"""The pages by which somebody registers, step by step: what is typed is kept as a draft at each of them.

Fields of the forms are called as in the API's input (`places.0.commune`), so that a reason of the API leads to its
field.
"""
