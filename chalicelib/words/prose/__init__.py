"""What an organiser writes about an edition or a series: how it is read, and how it is shown.

``reading`` turns text as people paste it into the Markdown that they mean, ``parser`` reads that as CommonMark,
``html`` and ``text`` show it. Imported only where such a text is shown or checked: the parser and the sanitiser cost a
cold start 90 ms.
"""
