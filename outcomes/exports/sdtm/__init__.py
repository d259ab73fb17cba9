"""CDISC SDTM (SDTMIG 3.4, SDTM 2.0, terminology of 2022-09-30) from the tables of a bundle.

The mapping is pure: text and the protocol in, rows out (`build.py`), one file a family of domains. Names, labels, types, roles and
terms come from the tables beside it, which are CDISC's and never retyped. `define.py` and `dataset_json.py` write what describes them.
"""
