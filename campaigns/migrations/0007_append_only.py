from django.db import migrations

from portal.append_only import protecting_sql, releasing_sql

TABLES = ("campaigns_stepevent", "campaigns_evidence", "campaigns_processtemplate")


def protect(apps, schema_editor):
    for table in TABLES:
        for statement in protecting_sql(schema_editor.connection.vendor, table):
            schema_editor.execute(statement)


def release(apps, schema_editor):
    for table in TABLES:
        for statement in releasing_sql(schema_editor.connection.vendor, table):
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_steps")]

    operations = [migrations.RunPython(protect, release)]
