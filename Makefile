# torstarter: `make help` lists the targets. Not recursive; everything built lies in $(BUILD).
SHELL := /bin/bash
.DEFAULT_GOAL := all

VERSION  := 0.1.0
PREFIX   ?= /usr/local
DESTDIR  ?=
BUILD    ?= build
CC       ?= cc
OPTIMIZE ?= -O2 -g
SANITIZE ?=
ROOMS    ?= base text parse transport session model store plugin job serve sim cli

PACKAGES := libssh libserialport libtelnet libpcre2-8 yaml-0.1 sqlite3 jansson libcurl libmicrohttpd libzstd
WARNINGS := -Wall -Wextra -Werror -Wshadow -Wformat=2 -Wvla -Wmissing-prototypes -Wstrict-prototypes -Wundef
HARDEN   := -fstack-protector-strong -fPIE
CPPFLAGS += -Itorstarter -I$(BUILD)/gen -D_GNU_SOURCE -DTORSTARTER_VERSION='"$(VERSION)"' \
            -DTORSTARTER_SHARE='"$(PREFIX)/share/torstarter"'
CFLAGS   += -std=gnu11 $(OPTIMIZE) $(WARNINGS) $(HARDEN) $(SANITIZE)
LDFLAGS  += -pie -Wl,-z,relro,-z,now $(SANITIZE)

# pkg-config is asked late (recipes only), so that `make deps` can run on a machine that has nothing.
# Each is asked once: the first use replaces the variable by its answer.
PKG_CFLAGS = $(eval PKG_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))$(PKG_CFLAGS)
PKG_LIBS   = $(eval PKG_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -ldl -lpthread -lm)$(PKG_LIBS)

LIB_SRC  := $(filter-out torstarter/cli/main.c,$(foreach r,$(ROOMS),$(wildcard torstarter/$(r)/*.c)))
SQL      := $(wildcard torstarter/store/migrations/*.sql)
LIB_OBJ  := $(LIB_SRC:%.c=$(BUILD)/%.o)
MAIN_OBJ := $(BUILD)/torstarter/cli/main.o
LIB      := $(BUILD)/libtorstarter.a
PROGRAM  := $(BUILD)/torstarter/torstarter
UNIT_SRC := $(foreach r,$(ROOMS),$(wildcard tests/unit/$(r)/test_*.c))
UNIT     := $(UNIT_SRC:tests/unit/%.c=$(BUILD)/unit/%)
BENCH    := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
FUZZ     := $(patsubst tests/fuzz/%.c,$(BUILD)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
HELPER   := $(patsubst tests/helpers/%.c,$(BUILD)/helpers/%,$(filter-out tests/helpers/support%,$(wildcard tests/helpers/*.c)))
LAB      := $(BUILD)/lab/serpair $(BUILD)/lab/libnss_portname.so.2
# What tests share is an archive: a bench links only what it uses of it, and so no cmocka.
SUPPORT_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/helpers/support*.c))
SUPPORT  := $(BUILD)/libsupport.a

.PHONY: recordings all help deps demo check test lint format asan tsan conformance fuzz bench soak bare install uninstall clean \
        unit program fuzzers benches syntax stamp lab lab-deps lab-check lab-tools
.DELETE_ON_ERROR:
.SECONDARY:

all: program

program: $(PROGRAM) ## build the program
unit: $(UNIT) $(HELPER)
fuzzers: $(FUZZ)
benches: $(BENCH)
lab-tools: $(LAB)

# Two stamps that change only when what they say changes: the flags (one BUILD never mixes two compilers or sanitizers) and
# the list of sources (a file that was removed leaves the library).
FLAGS := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(BUILD)/flags: stamp
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' >$@
$(BUILD)/sources: stamp
	@mkdir -p $(@D)
	@echo '$(LIB_SRC)' | cmp -s - $@ || echo '$(LIB_SRC)' >$@

$(PROGRAM): $(MAIN_OBJ) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(LIB): $(LIB_OBJ) $(BUILD)/sources
	@rm -f $@
	$(AR) rcs $@ $(LIB_OBJ)

$(SUPPORT): $(SUPPORT_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(PKG_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# Migrations are embedded: one array of C strings, in the order of their numbers.
$(BUILD)/gen/migrations.inc: $(SQL) torstarter/store/embed.sh
	@mkdir -p $(@D)
	sh torstarter/store/embed.sh $(SQL) >$@
$(filter $(BUILD)/torstarter/store/%,$(LIB_OBJ)): $(BUILD)/gen/migrations.inc

$(BUILD)/unit/%: tests/unit/%.c $(SUPPORT) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(SUPPORT) $(LIB) \
	    $(PKG_LIBS) -lcmocka -lutil

$(BUILD)/bench/%: tests/bench/%.c $(SUPPORT) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(SUPPORT) $(LIB) \
	    $(PKG_LIBS) -lutil

# Only clang has libFuzzer; tests/fuzz/run.sh calls this with CC and SANITIZE set.
$(BUILD)/fuzz/%: tests/fuzz/%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -MMD -MP -MF $@.d -o $@ $< $(LIB) $(PKG_LIBS)

$(BUILD)/helpers/%: tests/helpers/%.c $(SUPPORT) $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CFLAGS) $(LDFLAGS) -MMD -MP -MF $@.d -o $@ $< $(SUPPORT) $(LIB) $(PKG_LIBS) -lutil

$(BUILD)/lab/serpair: tests/lab/serpair.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $<

# Loaded by programs that nobody here built: no sanitizer in it.
$(BUILD)/lab/libnss_portname.so.2: tests/lab/nss_portname.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -std=gnu11 $(OPTIMIZE) $(WARNINGS) -fPIC -shared -o $@ $<

$(BUILD)/tests/helpers/%.o: CPPFLAGS += -Itests

# Reads every source with all warnings, builds nothing: tests/lint/clang.sh.
syntax: $(if $(SQL),$(BUILD)/gen/migrations.inc)
	@printf '%s\n' $(wildcard torstarter/*/*.c tests/*/*.c tests/unit/*/*.c) | \
	    xargs -r -P $$(nproc) -n 8 $(CC) $(CPPFLAGS) -Itests $(PKG_CFLAGS) $(CFLAGS) -fsyntax-only

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 14

deps: ## install what is missing to build and test (Debian packages; sudo when not root)
	@sh tests/deps.sh check

demo: ## provision a simulated rack over a real SSH console server
	@sh tests/deps.sh build
	@$(MAKE) --no-print-directory -s -j$$(nproc) program
	@bash configs/demo/demo.sh $(PROGRAM)

check: deps ## install what is missing, build, lint and run every test that needs no hardware
	@bash tests/run.sh --with-lint

test: ## build and run the tests
	@bash tests/run.sh

lint: ## floors, names, formats, warnings of a second compiler
	@bash tests/lint/all.sh

format: ## lay out the C sources with clang-format
	clang-format -i $$(git ls-files '*.c' '*.h')

asan: ## the tests under AddressSanitizer and UBSan
	@BUILD=$(BUILD)/asan SANITIZE='-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer' \
	    OPTIMIZE='-O1 -g' bash tests/run.sh

tsan: ## the tests under ThreadSanitizer
	@BUILD=$(BUILD)/tsan SANITIZE='-fsanitize=thread -fno-omit-frame-pointer' OPTIMIZE='-O1 -g' bash tests/run.sh

conformance: ## all pairs of an ntc-templates checkout: make conformance NTC=DIR
	@bash tests/conformance/run.sh "$(NTC)"

fuzz: ## each fuzz target for a minute: make fuzz [SECONDS=60]
	@sh tests/deps.sh fuzz
	@BUILD=$(BUILD)/fuzz bash tests/fuzz/run.sh

bench: ## speed, side by side with the peers in one run
	@sh tests/deps.sh bench
	@bash tests/bench/run.sh

soak: ## many switches for a long time: make soak [SECONDS=600]
	@sh tests/deps.sh build
	@bash tests/bench/soak.sh

recordings: ## make fixtures/*/sessions anew: after a change of what is typed, or of a job type
	@bash tests/helpers/record.sh

bare: ## as root: do `make demo` and `make check` work as the first command on a bare Debian 12?
	@bash tests/bare/run.sh

lab-deps: ## get the real counterparts of the lab (Debian packages; their daemons are not started)
	@bash tests/lab/deps.sh

lab: ## as root or with sudo: start the lab's counterparts on loopback, in namespaces of their own, and a shell among them
	@$(MAKE) --no-print-directory -s -j$$(nproc) program lab-tools
	@bash tests/lab/shell.sh

lab-check: ## as root or with sudo: run torstarter against every real counterpart
	@bash tests/run.sh tests/lab/

install: program ## install (PREFIX, DESTDIR)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/torstarter
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/torstarter
	cp -R platforms parsers configs fixtures $(DESTDIR)$(PREFIX)/share/torstarter/

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/torstarter
	rm -rf $(DESTDIR)$(PREFIX)/share/torstarter

clean: ## remove everything built
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(MAIN_OBJ:.o=.d) $(SUPPORT_OBJ:.o=.d) $(UNIT:=.d) $(BENCH:=.d) $(FUZZ:=.d) $(HELPER:=.d)
