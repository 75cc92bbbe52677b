# Varnish in front of two nodes of feedsvc, either of which may be down; they tell it what to drop (docs/howto,
# "Tell others of changes"). With a single node, omit the second backend. In feedsvc.toml:
#   [push]
#   cdn = "varnish"
#   cdn_urls = ["http://127.0.0.1:80/"]
#   surrogate_keys = "Surrogate-Key"   # without it by addresses: filtered listings then expire by max-age
vcl 4.1;

import directors;
import std;

probe ready {
    .url = "/readyz";
    .interval = 1s;
    .timeout = 2s;
    .window = 2;
    .threshold = 1;
}

backend node1 {
    .host = "127.0.0.1";
    .port = "8000";
    .probe = ready;
    .connect_timeout = 2s;
    .first_byte_timeout = 30s;
}

backend node2 {
    .host = "127.0.0.1";
    .port = "8001";
    .probe = ready;
    .connect_timeout = 2s;
    .first_byte_timeout = 30s;
}

# who may purge: the machines on which feedsvc runs
acl feedsvc_writers {
    "127.0.0.1";
    "::1";
}

sub vcl_init {
    new nodes = directors.round_robin();
    nodes.add_backend(node1);
    nodes.add_backend(node2);
}

sub vcl_recv {
    set req.backend_hint = nodes.backend();
    if (req.method == "PURGE" || req.method == "BAN") {
        if (client.ip !~ feedsvc_writers) {
            return (synth(403, "Not allowed"));
        }
        if (req.method == "PURGE") {
            return (purge);
        }
        if (req.http.X-Feedsvc-Keys) {
            ban("obj.http.Surrogate-Key ~ (^|\s)(" + req.http.X-Feedsvc-Keys + ")(\s|$)");
        } else {
            ban("obj.status > 0");
        }
        return (synth(200, "Dropped"));
    }
    # no response depends on them
    unset req.http.Cookie;
    if (req.restarts == 0) {
        unset req.http.X-Feedsvc-Last;
    }
}

# Varnish knows stale-while-revalidate, as grace, but not stale-if-error. An object older than the first is served only
# while no node answers, up to the second.
sub vcl_hit {
    if (obj.ttl + std.duration(obj.http.X-Feedsvc-Stale, 0s) < 0s && std.healthy(req.backend_hint)
        && !req.http.X-Feedsvc-Last) {
        set req.hash_always_miss = true;
        return (restart);
    }
}

sub vcl_backend_response {
    # a node that is not ready; the other one may be
    if (beresp.status == 503 && bereq.retries < 2) {
        return (retry);
    }
    # keep the last response instead of replacing it by this one
    if (beresp.status >= 500 && bereq.is_bgfetch) {
        return (abandon);
    }
    if (beresp.http.Cache-Control ~ "stale-if-error=\d") {
        set beresp.http.X-Feedsvc-Stale = beresp.grace;
        set beresp.grace = std.duration(
            regsub(beresp.http.Cache-Control, "^.*stale-if-error=(\d+).*$", "\1s"), beresp.grace);
    }
}

sub vcl_backend_error {
    if (bereq.retries < 2) {
        return (retry);
    }
}

sub vcl_backend_fetch {
    # a retry goes to the next node, whatever the last probe said of it
    if (bereq.retries > 0) {
        set bereq.backend = nodes.backend();
    }
}

sub vcl_deliver {
    # the nodes went down after their last probe
    if (resp.status == 503 && req.hash_always_miss && !req.http.X-Feedsvc-Last && req.restarts < 3) {
        set req.hash_always_miss = false;
        set req.http.X-Feedsvc-Last = "yes";
        return (restart);
    }
    unset resp.http.Surrogate-Key;
    unset resp.http.X-Feedsvc-Stale;
}
