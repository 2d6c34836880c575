from django.core import serializers
from django.http import HttpResponse
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework_jwt.authentication import JSONWebTokenAuthentication

from blog.models import Post


@api_view(["GET"])
@permission_classes([IsAuthenticated])
@authentication_classes([JSONWebTokenAuthentication])
def posts(request):
    published = Post.objects.filter(published_at__isnull=False).order_by("-published_at")
    return HttpResponse(serializers.serialize("json", published), content_type="text/json-comment-filtered")
