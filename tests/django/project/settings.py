"""The settings of the tutorial, as far as dumps depend on them. `service` adds those of the API."""

import os

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "blog"]
AUTH_USER_MODEL = os.environ["USER_MODEL"]
if AUTH_USER_MODEL == "accounts.User":
    INSTALLED_APPS.append("accounts")
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}}
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = os.environ["USE_TZ"] == "true"
TIME_ZONE = os.environ["TIME_ZONE"]
# The default hasher, those of older passwords, and that of upgraded ones.
PASSWORD_HASHERS = [
    f"django.contrib.auth.hashers.{name}PasswordHasher"
    for name in os.environ["PASSWORD_HASHERS"].split()
]
