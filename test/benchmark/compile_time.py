#!/usr/bin/env python3
"""What it costs to compile a program that includes the library, beside one that includes Boost.Asio: processor time,
since a compiler does nothing but compute.

    compile_time.py FOLDER COMPILER...

FOLDER has the library's headers. The programs are compiled in turn, with what they pay at least: nothing but headers.
"""

import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

ROUNDS = 11
ASIO = "#include <boost/asio.hpp>\n"
OURS = "#include <libvirt-asio/libvirt-asio.hpp>\n"
PROGRAMS = {"asio": ASIO, "libvirt_asio": OURS, "both": ASIO + OURS}

headers, *compiler = sys.argv[1:]


def processor_time():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds_to_compile(source, optimization):
    started = processor_time()
    subprocess.run([*compiler, "-std=c++20", optimization, f"-I{headers}", "-c", source, "-o", os.devnull],
                   check=True)
    return processor_time() - started


def compare(folder, optimization):
    seconds = {program: [] for program in PROGRAMS}
    for _ in range(ROUNDS):
        for program, taken in seconds.items():
            taken.append(seconds_to_compile(folder / f"{program}.cpp", optimization))
    for program, taken in seconds.items():
        name = f"compile_time{optimization.replace('-', '.')}.{program}"
        print(f"figure: {name} {statistics.median(taken):.3f} seconds")
        if program != "asio":
            ratio = statistics.median(ours / asio for ours, asio in zip(taken, seconds["asio"]))
            print(f"figure: {name}.ratio_to_asio {ratio:.3f} times", flush=True)


with tempfile.TemporaryDirectory() as temporary:
    for program, source in PROGRAMS.items():
        (pathlib.Path(temporary) / f"{program}.cpp").write_text(source, encoding="utf-8")
    for optimization in "-O0", "-O2":
        compare(pathlib.Path(temporary), optimization)
