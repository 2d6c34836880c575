import json

from django.core.management.base import BaseCommand

from blog.models import Post


class Command(BaseCommand):
    help = "Prints the titles of published posts, newest first."

    def handle(self, **options):
        published = Post.objects.filter(published_at__isnull=False).order_by("-published_at", "pk")
        self.stdout.write(json.dumps([post.title for post in published]))
