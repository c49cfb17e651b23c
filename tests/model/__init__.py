"""An exhaustive search over the real functions of deliver, tick, feedback and mailings.

Only the store, the queues and SES's client are replaced, by small frozen ones (``frozen``). A function runs one AWS
call at a time (``processes``), anything may happen between two of its calls (``moves``), and every state that can come
of it is looked at (``search``).
"""
