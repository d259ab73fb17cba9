"""Run by the validators' Python: holds a REDCap data dictionary up to linkml-redcap's schema; prints a line a fault, exits 1 with any.

python check_dictionary.py DICTIONARY.csv
"""

import csv
import sys

from linkml.validator import validate
from linkml_redcap.data_dictionary import schema_path

HEADS = {
    "Variable / Field Name": "variable_field_name",
    "Form Name": "form_name",
    "Section Header": "section_header",
    "Field Type": "field_type",
    "Field Label": "field_label",
    "Choices, Calculations, OR Slider Labels": "choices_calculations_slider_labels",
    "Field Note": "field_note",
    "Text Validation Type OR Show Slider Number": "text_validation_type_or_show_slider_number",
    "Text Validation Min": "text_validation_min",
    "Text Validation Max": "text_validation_max",
    "Identifier?": "identifier",
    "Branching Logic (Show field only if...)": "branching_logic",
    "Required Field?": "required_field",
    "Custom Alignment": "custom_alignment",
    "Question Number (surveys only)": "question_number",
    "Matrix Group Name": "matrix_group_name",
    "Matrix Ranking?": "matrix_ranking",
    "Field Annotation": "field_annotation",
}


def faults(path: str) -> list[str]:
    with open(path, encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if list(reader.fieldnames or ()) != list(HEADS):
            return [f"the columns are not REDCap's: {reader.fieldnames}"]
        fields = [{HEADS[head]: value for head, value in row.items() if value} for row in reader]
    found = [result.message for result in validate({"fields": fields}, str(schema_path()), "DataDictionary").results]
    names = [field.get("variable_field_name") for field in fields]
    found += [f"{name} stands twice" for name in sorted({name for name in names if names.count(name) > 1})]
    forms = [field.get("form_name") for field in fields]
    runs = [form for i, form in enumerate(forms) if i == 0 or forms[i - 1] != form]
    found += [f"the rows of {form} do not stand together" for form in sorted({form for form in runs if runs.count(form) > 1})]
    if fields[0].get("field_type") != "text":
        found.append("the first field is not the record's id")
    return found


found = faults(sys.argv[1])
print("\n".join(found))
sys.exit(bool(found))
