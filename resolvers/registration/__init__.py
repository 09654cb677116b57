"""Registration in the programme: who may be registered, what may be submitted, and what it becomes."""
