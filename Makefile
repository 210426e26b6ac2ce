# Two commands for a fresh machine: `make demo` and `make test`. Both create .venv first; neither needs root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?= -n 2 --dist loadscope -rs

.DEFAULT_GOAL := help
.PHONY: help venv demo test soak mutants reliability bench lock audit sbom lint clean

help:
	@echo "make demo   建立环境，用内置邮件服务器演示全过程，结果在 demo-output/"
	@echo "make test   建立环境，运行全部检查和测试"
	@echo "make soak   长时间的运行：每一处断电、随机的模型、全部有害邮件（数小时；SOAK_TESTS= 选其中几项）"
	@echo "make mutants  逐一改坏程序，看测试是否变红（MUTANTS=P7 选其中几项）"
	@echo "make reliability  跑完测试和 mutants，重写 docs/reliability.md"
	@echo "make audit  已锁定的依赖有没有已知漏洞；make lock 重新锁定；make sbom 写出清单"
	@echo "make bench  量速度和内存，与一个下午写成的脚本对比（约十分钟）"
	@echo "make lint   只运行 ruff 和 mypy"
	@echo "make clean  删除环境和演示结果"

venv: $(STAMP)

demo: $(STAMP)
	$(BIN)/mailbot demo --out demo-output

test: lint
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# The long form of the same tests. Each tells what it ran; --soak of tests.reliability.document puts that into docs/reliability.md.
SOAK_TESTS ?= tests/crash tests/model tests/identity tests/hostile tests/servers tests/cage tests/operations
soak: $(STAMP)
	MAILBOT_SOAK=1 $(BIN)/python -m pytest $(SOAK_TESTS) $(PYTEST_ARGS) --reliability soak.json

mutants: $(STAMP)
	$(BIN)/python -m tests.reliability.mutants $(MUTANTS)

reliability: $(STAMP)
	$(BIN)/python -m tests.reliability.document $(if $(wildcard soak.json),--soak soak.json)

lock: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python -m tests.supply.lock

audit: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(BIN)/python -m tests.supply.audit

sbom: $(STAMP)
	$(BIN)/python -m tests.supply.sbom

bench: $(STAMP)
	$(BIN)/python -m tests.bench.run $(BENCH_ARGS)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/mypy mailbot parsers

clean:
	rm -rf $(VENV) demo-output .pytest_cache .mypy_cache .ruff_cache build dist soak.json *.egg-info

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
