import json
import sys

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.utils.dateparse import parse_datetime

from blog.models import Post


class Command(BaseCommand):
    help = "Creates the users and posts of a JSON object on standard input."

    def handle(self, **options):
        data = json.load(sys.stdin)
        for user in data["users"]:
            get_user_model().objects.create_user(**user)
        for post in data["posts"]:
            dates = {name: value and parse_datetime(value) for name, value in post.items() if name.endswith("_at")}
            Post.objects.create(**{**post, **dates})
