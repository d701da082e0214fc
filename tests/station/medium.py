"""The medium below a station's state folder, one that can lose power.

Where the test may mount (root, loop devices) it is a file system of its own in an image. The image is what has reached the
"disk": what was written and not synced is only in the machine's cache. A power cut copies the image as it is, and the station
goes on with the copy; so exactly that is lost which a real power cut would lose. Torn writes and disks that reorder are the
business of tests/simulation and libs/journal.
"""

import os
import shutil
import subprocess

from stand import Failure

SIZE_MIB = 48
MEMORY = "/dev/shm"  # a busy disk of this machine may take seconds over a sync, which is not what is tried here


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(words)}: {done.stderr.strip()}")


def place_of(folder):
    """Where the image lies: in memory, where that has room for it and its copies."""
    try:
        room = os.statvfs(MEMORY)
    except OSError:
        return os.path.join(folder, "disk.img")
    if room.f_bavail * room.f_frsize < 4 * SIZE_MIB << 20:
        return os.path.join(folder, "disk.img")
    return os.path.join(MEMORY, os.path.basename(folder) + ".img")


class Medium:
    def __init__(self, folder):
        self.path = os.path.join(folder, "state")
        self.why_not = None  # why there are no power cuts; None: there are
        self._image = place_of(folder)
        self._mounted = False
        os.mkdir(self.path)
        try:
            with open(self._image, "wb") as file:
                file.truncate(SIZE_MIB << 20)
            run("mkfs.ext4", "-q", "-F", self._image)
            self._mount()
            self._prove()
        except OSError as error:
            self.close()
            self.why_not = str(error)
        except Failure:
            self.close()
            raise

    def _mount(self):
        # commit=300: the file system itself writes nothing back in the seconds that matter
        run("mount", "-o", "loop,noatime,commit=300", self._image, self.path)
        self._mounted = True

    def cut_power(self):
        """What was not synced is gone. Nobody may use the folder meanwhile."""
        kept = self._image + ".kept"
        shutil.copyfile(self._image, kept)
        run("umount", self.path)
        self._mounted = False
        os.rename(kept, self._image)
        self._mount()

    def _prove(self):
        """The medium does what this file says, or every later result would mean nothing."""
        synced, lost = (os.path.join(self.path, name) for name in ("synced", "lost"))
        for name in (synced, lost):
            with open(name, "wb") as file:
                file.write(b"old")
                file.flush()
                os.fsync(file.fileno())
        with open(synced, "r+b") as file, open(lost, "r+b") as other:
            file.write(b"new")
            file.flush()
            os.fdatasync(file.fileno())
            other.write(b"new")
        self.cut_power()
        for name, text in ((synced, b"new"), (lost, b"old")):
            with open(name, "rb") as file:
                got = file.read()
                if got != text:
                    raise Failure(f"the simulated medium does not lose power as it must: {os.path.basename(name)} is {got!r}")
            os.unlink(name)

    def close(self):
        if self._mounted:
            run("umount", self.path)
            self._mounted = False
        if self._image.startswith(MEMORY) and os.path.exists(self._image):
            os.unlink(self._image)
