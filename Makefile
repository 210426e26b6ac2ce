# Two commands for a fresh machine: `make demo` and `make test`. Both create .venv first; neither needs root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?= -n 2 --dist loadscope -rs

.DEFAULT_GOAL := help
.PHONY: help venv demo test bench lint clean

help:
	@echo "make demo   建立环境，用内置邮件服务器演示全过程，结果在 demo-output/"
	@echo "make test   建立环境，运行全部检查和测试"
	@echo "make bench  量速度和内存，与一个下午写成的脚本对比（约十分钟）"
	@echo "make lint   只运行 ruff 和 mypy"
	@echo "make clean  删除环境和演示结果"

venv: $(STAMP)

demo: $(STAMP)
	$(BIN)/mailbot demo --out demo-output

test: lint
	$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(STAMP)
	$(BIN)/python -m tests.bench.run $(BENCH_ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy mailbot parsers

clean:
	rm -rf $(VENV) demo-output .pytest_cache .mypy_cache .ruff_cache build *.egg-info

# Anew only when pyproject.toml changed. The first Python that is new enough wins.
$(STAMP): pyproject.toml
	@set -e; chosen=; \
	for candidate in "$(PYTHON)" python3.14 python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then chosen="$$candidate"; break; fi; \
	done; \
	if [ -z "$$chosen" ]; then \
	  echo "需要 Python 3.11 或更新的版本，没有找到。安装后重试，或指明位置：make PYTHON=/路径/python3.12 demo" >&2; exit 1; \
	fi; \
	if ! "$$chosen" -c 'import venv, ensurepip' >/dev/null 2>&1; then \
	  echo "$$chosen 缺少 venv 模块，请先安装（Debian/Ubuntu：apt install python3-venv）。" >&2; exit 1; \
	fi; \
	echo "正在用 $$("$$chosen" --version) 建立环境 $(VENV) ……"; \
	"$$chosen" -m venv $(VENV); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'; \
	touch $(STAMP)
