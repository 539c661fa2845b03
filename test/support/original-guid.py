"""What the program that this layout comes from does: index, save one file after the other, restore with threads.

Settings come as JSON on the command line: action, source_path, guid_mapping_file, skip_files, skip_path, restore_root, max_workers,
container_name. The connection string is in the environment.
"""

import json
import os
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor

from azure.storage.blob import BlobServiceClient


def index(settings):
    prefix = uuid.uuid4()
    mapping = {}
    for folder, _, names in os.walk(settings["source_path"]):
        for name in names:
            mapping[f"{prefix}-{uuid.uuid4()}"] = os.path.join(folder, name)
    with open(settings["guid_mapping_file"], "w") as file:
        json.dump(mapping, file, indent=4)


def load(settings):
    with open(settings["guid_mapping_file"]) as file:
        return json.load(file)


def container(settings):
    service = BlobServiceClient.from_connection_string(os.environ["AZURE_STORAGE_CONNECTION_STRING"])
    return service.get_container_client(settings["container_name"])


def save(settings):
    client = container(settings)
    for guid, path in load(settings).items():
        if any(skipped in path for skipped in settings["skip_files"]):
            continue
        if any(path.startswith(skipped) for skipped in settings["skip_path"]):
            client.upload_blob(guid + "/", b"", overwrite=True)
            continue
        with open(path, "rb") as file:
            client.upload_blob(guid, file, overwrite=True)


def restore(settings):
    client = container(settings)
    stored = {blob.name for blob in client.list_blobs()}

    def bring_back(item):
        guid, path = item
        target = settings["restore_root"] + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if guid in stored:
            with open(target, "wb") as file:
                client.download_blob(guid).readinto(file)

    with ThreadPoolExecutor(settings["max_workers"]) as pool:
        list(pool.map(bring_back, load(settings).items()))


ACTIONS = {"index": index, "save": save, "restore": restore}

if __name__ == "__main__":
    SETTINGS = json.loads(sys.argv[1])
    ACTIONS[SETTINGS["action"]](SETTINGS)
