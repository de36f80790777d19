from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_initial")]

    operations = [
        migrations.AlterField(
            model_name="assetcard",
            name="condition",
            field=models.CharField(
                choices=[
                    ("in_use", "在用"),
                    ("idle", "闲置"),
                    ("repair", "维修"),
                    ("scrapped", "已报废"),
                    ("returned", "已退还供应商"),
                ],
                default="in_use",
                max_length=10,
                verbose_name="使用状况",
            ),
        )
    ]
