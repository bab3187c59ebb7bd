"""A catalogue that the package draws itself, and shoppers whose every preference is known.

    styles -> items -> photos, looks, scenes -> shoppers -> logs

:mod:`~lookgraph.demo.items` draws items from styles, :mod:`~lookgraph.demo.drawing` their photos,
:mod:`~lookgraph.demo.looks` what goes together, :mod:`~lookgraph.demo.simulation` a year of shopping.
Everything is drawn, not photographed, and simulated: no claim about quality on photos can be made from it.
"""
