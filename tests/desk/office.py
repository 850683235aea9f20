"""Types into a spreadsheet as a person would, in LibreOffice: ``/usr/bin/python3 office.py PROFILE``, then for each line of JSON on its
standard input, which is a list of what to do, an empty line on its standard output once that is done.

``open`` and ``save`` are paths, ``type`` texts by cell, ``hide`` rows, ``merge`` ranges; ``as`` is the office's name of the format and
``options`` what it needs beside. It runs in Debian's Python, which has the office's bridge, and knows nothing of ours.
"""

import json
import os
import subprocess
import sys
import time

import uno
from com.sun.star.beans import NamedValue, PropertyValue
from com.sun.star.connection import NoConnectException
from com.sun.star.uno import RuntimeException

WAITS = 1000
"""Tenths of a second: a busy machine makes a profile slowly."""


def values(**said):
    return tuple(PropertyValue(Name=name, Value=value) for name, value in said.items() if value)


def locked_by(password):
    """As Excel locks a workbook."""
    said = (NamedValue("CryptoType", "StrongEncryptionDataSpace"), NamedValue("OOXPassword", password))
    return uno.Any("[]com.sun.star.beans.NamedValue", said)


def connected(profile):
    pipe = f"office-{os.getpid()}"
    accept = f"--accept=pipe,name={pipe};urp;"
    command = ["soffice", "--headless", "--norestore", "--nologo", "--nodefault", f"-env:UserInstallation=file://{profile}", accept]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext("com.sun.star.bridge.UnoUrlResolver", local)
    for _try in range(WAITS):
        try:
            return process, resolver.resolve(f"uno:pipe,name={pipe};urp;StarOffice.ComponentContext")
        except NoConnectException:
            time.sleep(0.1)
    process.kill()
    process.wait()
    raise SystemExit("the office did not come up")


def started(profile):
    process, context = connected(profile)
    return process, context, context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def do(context, desktop, task):
    dispatcher = context.ServiceManager.createInstanceWithContext("com.sun.star.frame.DispatchHelper", context)
    csv = task["open"].endswith(".csv")
    how = values(Hidden=True, FilterName="Text - txt - csv (StarCalc)" if csv else "", FilterOptions=task.get("options", "") if csv else "")
    document = desktop.loadComponentFromURL(f"file://{task['open']}", "_blank", 0, how)
    frame, sheet = document.CurrentController.Frame, document.Sheets.getByIndex(0)
    for cell, text in task.get("type", {}).items():
        dispatcher.executeDispatch(frame, ".uno:GoToCell", "", 0, values(ToPoint=cell))
        dispatcher.executeDispatch(frame, ".uno:EnterString", "", 0, values(StringName=text))
    for row in task.get("hide", []):
        sheet.Rows.getByIndex(row - 1).IsVisible = False
    for cells in task.get("merge", []):
        sheet.getCellRangeByName(cells).merge(True)
    lock = task.get("password") and locked_by(task["password"])
    written = values(FilterName=task["as"], FilterOptions=task.get("options", ""), EncryptionData=lock)
    document.storeToURL(f"file://{task['save']}", written)
    return document


if __name__ == "__main__":
    process, context, desktop = started(sys.argv[1])
    try:
        for line in sys.stdin:
            for task in json.loads(line):
                document = do(context, desktop, task)
                try:
                    document.close(True)
                except RuntimeException:  # on a busy machine it falls over at times, when all is saved that was asked for
                    process.wait(20)
                    process, context, desktop = started(sys.argv[1])
            sys.stdout.write("\n")
            sys.stdout.flush()
        desktop.terminate()
        process.wait(20)
    finally:
        process.kill()
        process.wait()
