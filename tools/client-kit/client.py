"""A client in Python that passes the kit, and the driver that runs it. Usage: python3 client.py http://localhost:8100"""
import http.client, json, secrets, sys, threading, time, urllib.error, urllib.request
from base64 import urlsafe_b64decode
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime

REFUSALS = ['Token has been revoked.', "User doesn't exist.", 'User account is disabled.', 'Signature has expired.',
            'Error decoding signature.', 'Invalid signature.', 'Invalid payload.', 'Incorrect authentication credentials.']

class LoginRequired(Exception): pass
class Failed(Exception): pass

class Client:
    def __init__(self, base, stored):
        self.base, self.stored, self.lock, self.is_alive = base, stored, threading.Lock(), True

    def send(self, method, path, body=None, headers={}):
        if not self.is_alive: raise Failed('ended')
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {'Content-Type': 'application/json', **headers}, method=method)
        try:
            try: response = urllib.request.urlopen(request, timeout=30)
            except urllib.error.HTTPError as error: response = error
            body = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException) as error: raise Failed(error)
        # How far the clock of the service is ahead of this clock.
        self.skew = parsedate_to_datetime(response.headers['Date']).timestamp() - time.time()
        return response.status, body, float(response.headers.get('Retry-After', 0))

    def store(self, token):
        # The key of the next refresh is stored together with the token.
        self.stored.update(token=token, key=secrets.token_hex(16), issued=time.time() + self.skew)

    def end(self):
        self.stored.clear()
        raise LoginRequired

    def login(self, username, password):
        status, body, _ = self.send('POST', '/api/token/', {'username': username, 'password': password},
                                    {'Idempotency-Key': secrets.token_hex(16)})
        if status != 200: raise Failed(body)
        self.store(body['token'])

    def refresh(self, token):
        with self.lock:
            for attempt in range(4):
                if self.stored.get('token') != token: return  # another call has refreshed or ended it
                wait = 0
                try:
                    status, body, wait = self.send('POST', '/api/token/refresh/', {'token': token},
                                                   {'Idempotency-Key': self.stored['key']})
                    if status == 200 and 'token' in body: return self.store(body['token'])
                    if status == 400 and body.get('non_field_errors', [''])[0] in REFUSALS: self.end()
                except Failed: pass
                time.sleep(max(wait, (0.1 + 0.1 * secrets.randbelow(100) / 100) * 2 ** attempt))
            raise Failed('no refresh')

    def posts(self):
        for _ in range(2):
            token = self.stored.get('token')
            if token is None: raise LoginRequired
            expires = json.loads(urlsafe_b64decode(token.split('.')[1] + '=='))['exp']
            if hasattr(self, 'skew') and time.time() + self.skew > (self.stored['issued'] + expires) / 2:
                try: self.refresh(token)
                except Failed: pass  # the token may still be valid
                token = self.stored.get('token', token)
            status, body, _ = self.send('GET', '/api/blog/posts/', headers={'Authorization': 'JWT ' + token})
            if status == 200 and isinstance(body, list): return body
            if status != 401: raise Failed(body)
            if body.get('detail') == 'Signature has expired.': self.refresh(token)
            elif body.get('detail') in REFUSALS: self.end()
        raise Failed('no list')

def result_of(work):
    try: return {'outcome': 'ok', **(work() or {})}
    except LoginRequired: return {'outcome': 'login_required'}
    except Failed as error: return {'outcome': 'failed', 'detail': str(error)}

base, results, stored = sys.argv[1], [], {}
pool, client = ThreadPoolExecutor(16), Client(base, stored)
while True:
    question = urllib.request.Request(base + '/kit/next', json.dumps({'results': results}).encode(), method='POST')
    command, results = json.load(urllib.request.urlopen(question)), []
    if command['do'] == 'done': break
    if command['do'] == 'finished': print(command['scenario'], command['passed'], command.get('reason', ''))
    elif command['do'] == 'login':
        results = [result_of(lambda: client.login(command['username'], command['password']))]
    elif command['do'] == 'call':
        calls = [pool.submit(result_of, lambda: {'posts': len(client.posts())}) for _ in range(command['times'])]
        results = [] if command['abandon'] else [call.result() for call in calls]
    else:
        client.is_alive = False
        stored = {} if command['do'] == 'reset' else dict(stored)
        client = Client(base, stored)
