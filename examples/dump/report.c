/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What is told of a capture: a line for each message as it comes, or one JSON object, and the summary of all. */
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "dump.h"

enum { PADDING_MAX = 3, RESULTS = 4 };

struct report {
	const struct options *options;
	unsigned packet;
	double seconds, first;
	unsigned checks[TSPDM_CHECK_KINDS][RESULTS];
	unsigned opened, sealed, application;
	size_t undecoded, tolerated;
	bool is_bad;
	unsigned session_count;
	struct {
		unsigned flow;
		struct tspdm_seen_session session;
	} sessions[SESSIONS_SHOWN];
	uint8_t version;
	struct tspdm_algorithms selected;
	json_t *messages, *encapsulated, *others, *bad, *problems, *packets;
};

struct report *report_new(const struct options *o)
{
	struct report *r = calloc(1, sizeof *r);

	if (r == NULL)
		return NULL;
	r->options = o;
	r->messages = json_object();
	r->encapsulated = json_object();
	r->others = json_object();
	r->bad = json_array();
	r->problems = json_array();
	r->packets = json_array();
	return r;
}

void report_free(struct report *r)
{
	if (r == NULL)
		return;
	json_decref(r->messages);
	json_decref(r->encapsulated);
	json_decref(r->others);
	json_decref(r->bad);
	json_decref(r->problems);
	json_decref(r->packets);
	free(r);
}

void report_packet(struct report *r, unsigned number, double seconds)
{
	if (r->packet == 0)
		r->first = seconds;
	r->packet = number;
	r->seconds = seconds - r->first;
}

static void count(json_t *counts, const char *name)
{
	json_int_t before = json_integer_value(json_object_get(counts, name));

	json_object_set_new(counts, name, json_integer(before + 1));
}

void report_other(struct report *r, const char *name)
{
	count(r->others, name);
	if (!r->options->is_json && r->options->is_verbose)
		printf("%5u %10.6f  (%s)\n", r->packet, r->seconds, name);
}

void report_problem(struct report *r, const char *format, ...)
{
	char text[WHY_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	json_array_append_new(r->problems, json_sprintf("packet %u: %s", r->packet, text));
	r->is_bad = true;
	if (!r->options->is_json)
		printf("%5u %10.6f  PROBLEM: %s\n", r->packet, r->seconds, text);
}

void report_lost(struct report *r, size_t bytes)
{
	r->undecoded += bytes;
}

/* ---- One message ---- */

static const char *result_name(uint8_t result)
{
	static const char *const names[RESULTS] = { "nothing", "ok", "BAD", "no material" };

	return result < RESULTS ? names[result] : "?";
}

static void note_session(struct report *r, unsigned flow, const struct tspdm_seen_session *session)
{
	unsigned i = 0;

	while (i < r->session_count &&
		(r->sessions[i].flow != flow || r->sessions[i].session.serial != session->serial))
		i++;
	if (i == SESSIONS_SHOWN)
		return;
	if (i == r->session_count)
		r->session_count++;
	r->sessions[i].flow = flow;
	r->sessions[i].session = *session;
}

/* Reads again what the summary tells of the connection. */
static void note_algorithms(struct report *r, const struct tspdm_seen *seen)
{
	const struct tspdm_shape shape = { .version = seen->header.version };
	size_t used;

	if (seen->header.code != TSPDM_ALGORITHMS || seen->status != TSPDM_OK)
		return;
	r->version = shape.version;
	if (tspdm_read_algorithms(seen->message, &shape, &r->selected, &used) != TSPDM_OK)
		r->version = 0;
}

/* Padding is zeros, and less than a word; a deployed responder puts six zeros behind KEY_PAIR_INFO of 1.4. */
static void note_rest(struct report *r, const struct tspdm_seen *seen)
{
	size_t rest = seen->message.len - seen->used;
	bool is_zero = true;

	for (size_t i = seen->used; i < seen->message.len; i++)
		is_zero = is_zero && seen->message.ptr[i] == 0;
	if (is_zero && rest <= PADDING_MAX)
		return;
	if (is_zero && seen->header.code == TSPDM_KEY_PAIR_INFO) {
		r->tolerated += rest;
		return;
	}
	report_problem(r, "%zu bytes behind %s", rest, tspdm_code_name(seen->header.code));
	r->undecoded += rest;
}

/* A response of a session of which the key log has the responses' secrets alone: it takes its request to decode it. */
static bool is_request_sealed(const struct tspdm_seen *seen)
{
	return seen->status == TSPDM_ERR_UNEXPECTED && !seen->is_from_requester && seen->session_id != 0 &&
	       seen->session != NULL && seen->session->opened[0] == 0;
}

static void note_message(struct report *r, const struct tspdm_seen *seen)
{
	count(seen->carrier == TSPDM_CARRIER_ENCAPSULATED || seen->carrier == TSPDM_CARRIER_IMPLIED ? r->encapsulated
												    : r->messages,
		tspdm_code_name(seen->header.code));
	note_algorithms(r, seen);
	if (seen->status == TSPDM_OK) {
		if (seen->used < seen->message.len)
			note_rest(r, seen);
		return;
	}
	if (is_request_sealed(seen))
		return;
	report_problem(
		r, "%s cannot be decoded: %s", tspdm_code_name(seen->header.code), tspdm_status_text(seen->status));
	r->undecoded += seen->message.len;
}

static void note_results(struct report *r, const struct tspdm_seen *seen)
{
	for (unsigned i = 0; i < seen->result_count; i++) {
		const struct tspdm_seen_result *result = &seen->results[i];

		r->checks[result->kind][result->result] += result->count;
		if (result->result != TSPDM_SEEN_BAD)
			continue;
		r->is_bad = r->is_bad || r->options->is_verify;
		json_array_append_new(r->bad, json_sprintf("packet %u: %s", r->packet, tspdm_check_name(result->kind)));
	}
}

static const char *what_name(const struct tspdm_seen *seen)
{
	switch (seen->what) {
	case TSPDM_SEEN_RECORD:
		return "(record)";
	case TSPDM_SEEN_SEALED:
		return "(sealed record)";
	case TSPDM_SEEN_FORGED:
		return "(record that does not open)";
	case TSPDM_SEEN_APPLICATION:
		return "(application data)";
	default:
		return tspdm_code_name(seen->header.code);
	}
}

static const char *indent_of(const struct tspdm_seen *seen)
{
	if (seen->carrier != TSPDM_CARRIER_NONE)
		return "    ";
	return seen->session_id != 0 && seen->what != TSPDM_SEEN_SEALED ? "  " : "";
}

static void print_line(const struct report *r, const struct tspdm_seen *seen)
{
	printf("%5u %10.6f  %s %s%s", r->packet, r->seconds, seen->is_from_requester ? "->" : "<-", indent_of(seen),
		what_name(seen));
	if (seen->what == TSPDM_SEEN_MESSAGE && seen->header.code == TSPDM_ERROR)
		printf(" %s", tspdm_error_code_name(seen->header.param1));
	if (seen->carrier == TSPDM_CARRIER_IMPLIED)
		printf(", implied");
	printf(", %zu bytes", seen->message.len);
	if (seen->session_id != 0)
		printf(", session %08x", (unsigned)seen->session_id);
	for (unsigned i = 0; r->options->is_verify && i < seen->result_count; i++)
		printf("%s %s %s", i == 0 ? " |" : ",", tspdm_check_name(seen->results[i].kind),
			result_name(seen->results[i].result));
	printf("\n");
	if (r->options->is_verbose && seen->what == TSPDM_SEEN_MESSAGE)
		print_fields(stdout, seen);
	if (r->options->is_hex)
		print_hex(stdout, seen->message);
}

static json_t *hex_of(struct tspdm_view bytes)
{
	char *text = malloc(2 * bytes.len + 1);
	json_t *value;

	if (text == NULL)
		return NULL;
	text[0] = '\0';
	for (size_t i = 0; i < bytes.len; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes.ptr[i]);
	value = json_string(text);
	free(text);
	return value;
}

static json_t *results_of(const struct tspdm_seen *seen)
{
	json_t *results = json_object();

	for (unsigned i = 0; i < seen->result_count; i++)
		json_object_set_new(results, tspdm_check_name(seen->results[i].kind),
			json_string(result_name(seen->results[i].result)));
	return results;
}

static void add_packet(struct report *r, unsigned flow, const struct tspdm_seen *seen)
{
	static const char *const what[] = { "message", "record", "sealed", "forged", "application" };
	static const char *const carriers[] = { "none", "encapsulated", "chunks", "implied" };
	json_t *entry = json_pack("{s:i, s:f, s:i, s:b, s:s, s:i}", "packet", (int)r->packet, "time", r->seconds,
		"connection", (int)flow, "from_requester", seen->is_from_requester, "what", what[seen->what], "length",
		(int)seen->message.len);

	if (seen->what == TSPDM_SEEN_MESSAGE) {
		json_object_set_new(entry, "name", json_string(tspdm_code_name(seen->header.code)));
		json_object_set_new(entry, "carrier", json_string(carriers[seen->carrier]));
		json_object_set_new(entry, "status", json_string(tspdm_status_name(seen->status)));
	}
	if (seen->session_id != 0)
		json_object_set_new(entry, "session", json_sprintf("%08x", (unsigned)seen->session_id));
	if (r->options->is_verify)
		json_object_set_new(entry, "checks", results_of(seen));
	if (r->options->is_hex)
		json_object_set_new(entry, "hex", hex_of(seen->message));
	json_array_append_new(r->packets, entry);
}

void report_seen(struct report *r, unsigned flow, const struct tspdm_seen *seen)
{
	if (r->options->is_json)
		add_packet(r, flow, seen);
	else
		print_line(r, seen);
	if (seen->session != NULL)
		note_session(r, flow, seen->session);
	r->opened += seen->what == TSPDM_SEEN_RECORD;
	r->sealed += seen->what == TSPDM_SEEN_SEALED || seen->what == TSPDM_SEEN_FORGED;
	if (seen->what == TSPDM_SEEN_APPLICATION) {
		r->application++;
		count(r->others, "application data");
	}
	if (seen->what == TSPDM_SEEN_MESSAGE)
		note_message(r, seen);
	note_results(r, seen);
}

/* ---- The summary ---- */

static json_t *name_of(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? json_string(row->name) : json_null();
}

static void add_algorithms(const struct report *r, json_t *summary)
{
	const struct tspdm_algorithms *a = &r->selected;
	const uint16_t *table = a->tables.supported;

	json_object_set_new(summary, "version",
		r->version != 0 ? json_sprintf("%u.%u", r->version >> 4, r->version & 15U) : json_null());
	json_object_set_new(summary, "hash", name_of(TSPDM_KIND_HASH, a->base_hash));
	json_object_set_new(summary, "asym", name_of(TSPDM_KIND_ASYM, a->base_asym));
	json_object_set_new(summary, "req_asym", name_of(TSPDM_KIND_ASYM, table[TSPDM_ALG_REQ_ASYM]));
	json_object_set_new(summary, "dhe", name_of(TSPDM_KIND_DHE, table[TSPDM_ALG_DHE]));
	json_object_set_new(summary, "aead", name_of(TSPDM_KIND_AEAD, table[TSPDM_ALG_AEAD]));
	json_object_set_new(summary, "meas_hash", name_of(TSPDM_KIND_MEASUREMENT_HASH, a->measurement_hash));
}

static json_t *session_of(const struct tspdm_seen_session *s)
{
	static const char *const phases[] = { "handshake", "application", "ended" };

	return json_pack("{s:o, s:s, s:s, s:b, s:i, s:b, s:s, s:{s:i, s:i}, s:i, s:{s:i, s:i}}", "id",
		json_sprintf("%08x", (unsigned)s->id), "kind", s->is_psk ? "PSK_EXCHANGE" : "KEY_EXCHANGE", "mode",
		s->is_mac_only ? "mac" : "encrypt", "handshake_in_clear", s->is_clear, "mut_auth", (int)s->mutual_auth,
		"keys", s->has_keys, "phase", phases[s->phase], "opened", "req", (int)s->opened[0], "rsp",
		(int)s->opened[1], "sealed", (int)s->sealed, "generation", "req", (int)s->generation[0], "rsp",
		(int)s->generation[1]);
}

static json_t *checks_of(const struct report *r)
{
	json_t *checks = json_object();

	for (unsigned kind = 0; kind < TSPDM_CHECK_KINDS; kind++) {
		const unsigned *c = r->checks[kind];

		if (c[TSPDM_SEEN_OK] + c[TSPDM_SEEN_BAD] + c[TSPDM_SEEN_NO_MATERIAL] != 0)
			json_object_set_new(checks, tspdm_check_name(kind),
				json_pack("{s:i, s:i, s:i}", "ok", (int)c[TSPDM_SEEN_OK], "bad", (int)c[TSPDM_SEEN_BAD],
					"no_material", (int)c[TSPDM_SEEN_NO_MATERIAL]));
	}
	return checks;
}

static json_t *summarize(const struct report *r)
{
	json_t *summary = json_object();
	json_t *sessions = json_array();

	add_algorithms(r, summary);
	for (unsigned i = 0; i < r->session_count; i++)
		json_array_append_new(sessions, session_of(&r->sessions[i].session));
	json_object_set(summary, "messages", r->messages);
	json_object_set(summary, "encapsulated", r->encapsulated);
	json_object_set(summary, "other_transport_messages", r->others);
	json_object_set_new(summary, "sessions", sessions);
	json_object_set_new(summary, "records",
		json_pack("{s:i, s:i, s:i}", "opened", (int)r->opened, "sealed", (int)r->sealed, "application",
			(int)r->application));
	json_object_set_new(summary, "checks", checks_of(r));
	json_object_set(summary, "bad", r->bad);
	json_object_set_new(summary, "undecoded_bytes", json_integer((json_int_t)r->undecoded));
	json_object_set_new(summary, "tolerated_trailing_bytes", json_integer((json_int_t)r->tolerated));
	json_object_set(summary, "problems", r->problems);
	return summary;
}

static void print_summary(const struct report *r)
{
	unsigned total[RESULTS] = { 0 };

	for (unsigned kind = 0; kind < TSPDM_CHECK_KINDS; kind++)
		for (unsigned i = 0; i < RESULTS; i++)
			total[i] += r->checks[kind][i];
	printf("%u checks ok, %u BAD, %u without material; %u records opened, %u sealed; %zu bytes not decoded\n",
		total[TSPDM_SEEN_OK], total[TSPDM_SEEN_BAD], total[TSPDM_SEEN_NO_MATERIAL], r->opened, r->sealed,
		r->undecoded);
}

bool report_finish(struct report *r)
{
	json_t *whole;
	bool is_written = true;

	if (r->options->is_json) {
		whole = json_pack("{s:s, s:s, s:O, s:o}", "schema", "tspdm.dump/1", "file", r->options->file, "packets",
			r->packets, "summary", summarize(r));
		is_written = whole != NULL && json_dumpf(whole, stdout, JSON_COMPACT) == 0 && putchar('\n') != EOF;
		json_decref(whole);
	} else if (r->options->is_verify) {
		print_summary(r);
	}
	return fflush(stdout) == 0 && is_written && !r->is_bad && r->undecoded == 0;
}
