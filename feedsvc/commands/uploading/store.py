"""One prefix of a bucket, by obstore: S3 and compatible stores, Google Cloud Storage, Azure.

Credentials, region and endpoint come from the providers' own environment variables. Requests with
a temporary failure are repeated; a final failure is one line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from feedsvc.errors import StoreError

if TYPE_CHECKING:
    import obstore

MISSING = "the library obstore is not installed"
INSTALL = "pip install 'feedsvc[objects]'"
MAX_RETRIES = 8
RETRY_SECONDS = 120  # in total: a longer outage ends the command
MAX_BACKOFF_SECONDS = 10
PARTS_AT_ONCE = 2  # of a large file, 5 MB each: more would time out on a slow line
DELETED_AT_ONCE = 1_000  # S3's own limit
MAX_MESSAGE_CHARACTERS = 300
PRIVATE = "private, no-store"
CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID",
    "gs": "GOOGLE_SERVICE_ACCOUNT",
    "az": "AZURE_STORAGE_ACCOUNT_KEY",
}
_URL = re.compile(r"(s3|gs|az)://[^/?#\s]+(?:/[^?#\s]*)?")
_CODE = re.compile(r"<Code>([^<]{1,100})</Code>")
_MISSING_BUCKET = re.compile(r"<Code>(NoSuchBucket|ContainerNotFound)</Code>")
_DURATION = re.compile(r" in [\d.]+.?s\b")
_REFUSAL = re.compile(r"\bstatus(?: code:)? (40[13])\b")  # Google's answer to a wrong key is 401
_INSTANCE_METADATA = re.compile(r"169\.254\.|metadata\.google\.internal|MetadataService")


class ObjectStore:
    """The objects below one URL; each method raises `StoreError` if the store fails."""

    def __init__(self, url: str, *, max_retries: int = MAX_RETRIES) -> None:
        if not _URL.fullmatch(url):
            remedy = "write s3://BUCKET/PREFIX, gs://BUCKET/PREFIX or az://CONTAINER/PREFIX"
            raise StoreError(url, "it is not the address of an object store", remedy)
        try:
            import obstore
            from obstore.store import from_url
        except ModuleNotFoundError:
            raise StoreError(url, MISSING, INSTALL) from None
        self.url = url
        self.library = obstore
        with self._name_failures():
            self.store: Any = from_url(
                url,
                retry_config={
                    "max_retries": max_retries,
                    "retry_timeout": timedelta(seconds=RETRY_SECONDS),
                    "backoff": {"max_backoff": timedelta(seconds=MAX_BACKOFF_SECONDS)},
                },
            )

    def read(self, key: str) -> tuple[bytes, obstore.UpdateVersion | None]:
        """Return the bytes of an object and its version, b"" and None if it does not exist."""
        with self._name_failures():
            try:
                result = self.library.get(self.store, key)
                body = bytes(result.bytes())
            except FileNotFoundError as error:
                if _MISSING_BUCKET.search(str(error)):
                    raise
                return b"", None
        return body, _make_version(result.meta)

    def replace(
        self, key: str, body: bytes, version: obstore.UpdateVersion | None
    ) -> obstore.UpdateVersion | None:
        """Write *key*, a private object, if it still has *version*; return the new version.

        Raises `StoreError` if another process has written it meanwhile.
        """
        attributes = {"Content-Type": "application/octet-stream", "Cache-Control": PRIVATE}
        put = partial(self.library.put, self.store, key, body, use_multipart=False)
        with self._name_failures():
            try:
                written = put(attributes=attributes, mode=version or "create")
            except self.library.exceptions.NotSupportedError:
                written = put(attributes=attributes)
        return _make_version(written)

    def write(self, key: str, body: bytes | Path, attributes: dict[str, str]) -> None:
        """Write an object with these headers, atomically; a large file goes in parts."""
        with self._name_failures():
            self.library.put(
                self.store, key, body, attributes=attributes, max_concurrency=PARTS_AT_ONCE
            )

    def list_keys(self) -> Iterator[str]:
        """Yield the key of every object below the URL."""
        with self._name_failures():
            for chunk in self.library.list(self.store, chunk_size=1_000):
                yield from (meta["path"] for meta in chunk)

    def delete(self, keys: Sequence[str]) -> None:
        """Delete the objects with *keys*; missing ones are no error."""
        for at in range(0, len(keys), DELETED_AT_ONCE):
            some = keys[at : at + DELETED_AT_ONCE]
            with self._name_failures():
                try:
                    self.library.delete(self.store, some)
                except FileNotFoundError:
                    # Google and Azure refuse a missing one, and leave others undone
                    for key in some:
                        with suppress(FileNotFoundError):
                            self.library.delete(self.store, key)

    @contextmanager
    def _name_failures(self) -> Iterator[None]:
        exceptions = self.library.exceptions
        try:
            yield
        except (exceptions.PreconditionError, exceptions.AlreadyExistsError):
            message = "another upload to it is running, or has just ended"
            raise StoreError(self.url, message, "run this again once it has ended") from None
        except (exceptions.BaseError, OSError, ValueError) as error:
            raise StoreError(self.url, *describe_failure(self.url, str(error))) from None


def _make_version(facts: obstore.PutResult | obstore.ObjectMeta) -> obstore.UpdateVersion | None:
    """Return the store's identifier of a version: an ETag for S3, a number for others."""
    marks = {"e_tag": facts["e_tag"], "version": facts["version"]}
    found = {name: value for name, value in marks.items() if value is not None}
    return cast("obstore.UpdateVersion", found) if found else None


def describe_failure(url: str, text: str) -> tuple[str, str]:
    """Return one line of the library's long message on a failure of *url*, and a remedy."""
    credentials = CREDENTIALS[url[:2]]
    line = _DURATION.sub("", text.partition("\n")[0].partition(": <?xml")[0])
    code = match[1] if (match := _CODE.search(text)) else ""
    refusal = match[1] if (match := _REFUSAL.search(line)) else ""
    if _MISSING_BUCKET.search(text):
        return "there is no such bucket", "create it, or name another"
    if _INSTANCE_METADATA.search(text):  # which a machine without an account may refuse
        remedy = f"set those of the store in the environment, such as {credentials}"
        return "there are no credentials", remedy
    if refusal or code in ("AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId"):
        remedy = "check that they are set in the environment and may read, write, list and delete"
        return f"the store refuses these credentials ({code or refusal})", remedy
    if "Account must be specified" in text:
        return "no storage account is named", "set AZURE_STORAGE_ACCOUNT_NAME in the environment"
    if "Invalid Access Key" in text:
        return "the key of the account is not base64", f"check {credentials} in the environment"
    if "builder error" in text or "URL scheme is not allowed" in text:
        service = credentials.partition("_")[0]
        return "its endpoint is not https", f"set {service}_ALLOW_HTTP=true if it should be http"
    return (f"{line[:MAX_MESSAGE_CHARACTERS]} {code}").strip(), ""
