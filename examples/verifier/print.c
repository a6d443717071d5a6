/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a person sees, no more than a screen; or the same facts as JSON. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "verifier.h"

struct style {
	const char *good, *bad, *dim, *strong, *end;
};

static struct style choose_style(void)
{
	static const struct style plain = { "", "", "", "", "" };
	static const struct style coloured = { "\033[32m", "\033[31m", "\033[2m", "\033[1m", "\033[0m" };
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && (no_color == NULL || no_color[0] == '\0') ? coloured : plain;
}

/* Names come from the peer or from the command line; nothing of them may steer the terminal. */
void print_safe(const char *text)
{
	for (; *text != '\0'; text++)
		putchar((unsigned char)*text < 0x20 || *text == 0x7F ? '?' : *text);
}

static const char *algorithm_name(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? row->name : "none";
}

static void print_connection(const struct appraisal *a)
{
	const struct tspdm_negotiated *n = a->subject.negotiated;

	if (a->binding_name[0] != '\0')
		printf("  binding      %s\n", a->binding_name);
	if (n == NULL)
		return;
	printf("  SPDM         %u.%u, %s, %s, measurements %s\n", n->version >> 4, n->version & 0xFU,
		algorithm_name(TSPDM_KIND_ASYM, n->asym), algorithm_name(TSPDM_KIND_HASH, n->hash),
		algorithm_name(TSPDM_KIND_MEASUREMENT_HASH, n->measurement_hash));
}

static void print_session(const struct appraisal *a)
{
	const struct tspdm_negotiated *n = a->subject.negotiated;
	const struct tspdm_session_info *s = a->subject.session;

	if (s == NULL || n == NULL)
		return;
	printf("  session      %08x, %s, %s%s, records %u.%u", s->id,
		s->is_psk ? "pre-shared key" : algorithm_name(TSPDM_KIND_DHE, n->dhe),
		algorithm_name(TSPDM_KIND_AEAD, n->aead), s->is_mac_only ? " (MAC only: NOT ENCRYPTED)" : "",
		s->record_version >> 4, s->record_version & 0xFU);
	if (s->is_handshake_clear)
		printf(", handshake in the clear");
	if (s->is_mutual)
		printf(", both sides authenticated");
	if (s->heartbeat_s != 0)
		printf(", heartbeat %u s", s->heartbeat_s);
	printf("\n");
}

void print_hex(struct tspdm_view bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		printf("%02x", bytes.ptr[i]);
}

static void print_owner(const struct tspdm_identity *id)
{
	char name[256];

	if (id->is_provisioned) {
		printf("  identity     the key of --peer-key");
		return;
	}
	if (tspdm_openssl_subject(id->leaf, name, sizeof name) != TSPDM_OK)
		snprintf(name, sizeof name, "(no readable subject)");
	printf("  identity     slot %u, ", id->slot);
	print_safe(name);
}

static void print_identity(const struct appraisal *a)
{
	const struct tspdm_identity *id = a->subject.identity;
	uint8_t digest[32];
	size_t len = sizeof digest;

	if (id == NULL || id->spki.len == 0)
		return;
	print_owner(id);
	if (EVP_Q_digest(NULL, "SHA256", NULL, id->spki.ptr, id->spki.len, digest, &len) == 1) {
		printf("\n  key          SHA-256 ");
		print_hex((struct tspdm_view){ digest, sizeof digest });
	}
	printf("\n");
}

static void print_measurements(const struct appraisal *a)
{
	struct tspdm_view left =
		a->subject.measured != NULL ? a->subject.measured->record : (struct tspdm_view){ NULL, 0 };
	struct tspdm_measurement_block block;

	while (left.len != 0 && tspdm_next_block(&left, &block) == TSPDM_OK) {
		bool is_raw = (block.type & TSPDM_MEASUREMENT_RAW) != 0;

		printf("  block %-6u %s, ", block.index, tspdm_measurement_type_name(block.type));
		if (is_raw && block.value.len > 16) {
			printf("%zu raw bytes\n", block.value.len);
			continue;
		}
		print_hex(block.value);
		printf("\n");
	}
}

static void print_check(const struct tspdm_check *check, const struct style *s)
{
	bool is_good = check->result == TSPDM_CHECK_OK, is_skipped = check->result == TSPDM_CHECK_SKIPPED;
	const char *colour = is_good ? s->good : is_skipped ? s->dim : s->bad;

	printf("  %s%s%s %s%s", colour,
		is_good      ? "\xE2\x9C\x93"
		: is_skipped ? "-"
			     : "\xE2\x9C\x97",
		s->end, check->name, check->detail[0] != '\0' ? ": " : "");
	print_safe(check->detail);
	printf("\n");
}

void print_checks(const struct tspdm_checks *checks)
{
	const struct style s = choose_style();

	for (unsigned i = 0; i < checks->count; i++)
		print_check(&checks->items[i], &s);
}

static const char *verdict_words(enum tspdm_verdict_kind kind)
{
	switch (kind) {
	case TSPDM_VERDICT_ACCEPT:
		return "TRUSTED";
	case TSPDM_VERDICT_WARN:
		return "TRUSTED, WITH A REMARK";
	case TSPDM_VERDICT_REJECT:
		return "NOT TRUSTED";
	case TSPDM_VERDICT_ERROR:
		break;
	}
	return "NOT TRUSTED (error)";
}

/* Without a policy: what one would have to say for this subject. */
static void print_suggestion(const struct appraisal *a)
{
	struct tspdm_buffer text;

	if (suggestion_make(a, &text)) {
		printf("\n%.*s\n", (int)text.len, (const char *)text.ptr);
		fprintf(stderr, "tspdm-verifier: this is the policy that would accept it; read it before you use it\n");
		suggestion_warn(a);
	}
	free(text.ptr);
}

static void print_human(const struct options *o, const struct appraisal *a)
{
	const struct tspdm_verdict *v = &a->verdict;
	const struct style s = choose_style();
	bool is_good = v->kind == TSPDM_VERDICT_ACCEPT || v->kind == TSPDM_VERDICT_WARN;

	printf("%s", s.strong);
	print_safe(a->subject.name);
	printf("%s\n", s.end);
	print_connection(a);
	print_session(a);
	print_identity(a);
	print_measurements(a);
	print_evidence(a, s.bad, s.end);
	print_checks(&v->checks);
	printf("%s%s%s: ", is_good ? s.good : s.bad, verdict_words(v->kind), s.end);
	print_safe(v->reason);
	printf("\n");
	/* A failure that precedes the policy is not one that a policy could cure. */
	if (o->policy == NULL && o->write_policy == NULL && v->status == TSPDM_ERR_POLICY)
		print_suggestion(a);
}

static void print_brief(const struct appraisal *a)
{
	const struct tspdm_verdict *v = &a->verdict;
	const struct style s = choose_style();
	bool is_good = v->kind == TSPDM_VERDICT_ACCEPT || v->kind == TSPDM_VERDICT_WARN;

	print_safe(a->subject.name);
	printf(": %s%s%s: ", is_good ? s.good : s.bad, verdict_words(v->kind), s.end);
	print_safe(v->reason);
}

static bool print_json(const struct appraisal *a)
{
	char *json;

	if (tspdm_verdict_json(&a->subject, &a->verdict, &json) != TSPDM_OK)
		return false;
	puts(json);
	free(json);
	return true;
}

bool print_appraisal(const struct options *o, const struct appraisal *a)
{
	bool is_good = true;

	if (o->is_json)
		is_good = print_json(a);
	else if (!o->is_quiet)
		print_human(o, a);
	return fflush(stdout) == 0 && is_good && ferror(stdout) == 0;
}

bool print_in_brief(const struct options *o, const struct appraisal *a)
{
	if (o->is_json || o->is_quiet)
		return print_appraisal(o, a);
	print_brief(a);
	printf("\n");
	return fflush(stdout) == 0 && ferror(stdout) == 0;
}

bool print_change(const struct options *o, const struct appraisal *a, const char *changes)
{
	char when[NOW_CAP];

	if (o->is_quiet)
		return true;
	now_text(when);
	printf("%s ", when);
	print_brief(a);
	printf("; CHANGED:%s\n", changes);
	return fflush(stdout) == 0 && ferror(stdout) == 0;
}

static bool write_file(const char *path, const struct file *received)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
	FILE *stream = fd >= 0 ? fdopen(fd, "wb") : NULL;
	bool is_good = stream != NULL && fwrite(received->bytes, 1, received->len, stream) == received->len;

	if (stream != NULL)
		is_good = fclose(stream) == 0 && is_good;
	else if (fd >= 0)
		close(fd);
	return is_good;
}

bool print_received(const struct options *o, const struct appraisal *a)
{
	const struct file *received = &a->received;
	const struct tspdm_check *check = tspdm_checks_find(&a->verdict.checks, "session.application");

	if (check == NULL || check->result != TSPDM_CHECK_OK) /* half an answer is none */
		return true;
	if (o->receive != NULL && strcmp(o->receive, "-") != 0) {
		if (write_file(o->receive, received))
			return true;
		fprintf(stderr, "tspdm-verifier: %s: %s\n", o->receive, strerror(errno));
		return false;
	}
	if (o->is_json) /* standard output is the JSON's */
		return true;
	return fwrite(received->bytes, 1, received->len, stdout) == received->len && fflush(stdout) == 0;
}
