import json
import sys

from django.contrib.auth import authenticate
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Reads pairs of username and password from standard input and prints the id of each user who may log in."

    def handle(self, **options):
        users = [authenticate(username=username, password=password) for username, password in json.load(sys.stdin)]
        self.stdout.write(json.dumps([user and user.pk for user in users]))
