/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --send and --receive: application data over the session, once the verdict is good; the release of a secret, in effect.
 * Each part is answered before the next goes out. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <tspdm/secret.h>

#include "../common/application.h"
#include "attest.h"

enum {
	RECEIVE_MAX = 64 * 1024 * 1024, /* bytes that an attester may answer in all */
	AROUND = 64,                    /* what a record has around its data, at most */
	TAKEN_MAX = 65000,              /* what the requester takes */
};

static const char check_name[] = "session.application";

bool release_read(struct material *m, const char *value, char *why)
{
	struct stat found;
	uint8_t *copy;

	if (strcmp(value, "-") == 0 || stat(value, &found) == 0)
		return file_read(value, &m->secret, why);
	if (strchr(value, '/') != NULL) /* a path that was misspelt is no text to be sent */
		return refuse(why, "send", value, "there is no such file");
	copy = malloc(strlen(value) + 1);
	if (copy == NULL)
		return refuse(why, "send", "", "out of memory");
	memcpy(copy, value, strlen(value));
	m->secret.bytes = copy;
	m->secret.len = strlen(value);
	return true;
}

void release_free(struct file *secret)
{
	if (secret->bytes != NULL)
		tspdm_wipe(secret->bytes, secret->len);
	free(secret->bytes);
	*secret = (struct file){ NULL, 0 };
}

/* ---- One part ---- */

static enum tspdm_status ask_in_record(struct attest *t, const struct application_part *part, struct tspdm_view *answer)
{
	struct tspdm_buffer out = session_record_room(t), record;
	size_t before = AROUND / 2, len;

	/* it is built a little further on, and sealed towards the front of the same room */
	out.ptr += before;
	out.cap -= before;
	if (!application_write(&out, t->transport->binding, part))
		return TSPDM_ERR_TOO_LARGE;
	len = out.len;
	record = session_record_room(t);
	TSPDM_TRY(tspdm_requester_seal(
		t->requester, t->session, (struct tspdm_view){ record.ptr + before, len }, &record));
	return session_ask(t, tspdm_buffer_view(&record), answer);
}

static enum tspdm_status ask_by_vendor(struct attest *t, const struct application_part *part, struct tspdm_view *answer)
{
	struct tspdm_buffer out = session_record_room(t), response = session_answer_room(t);
	struct tspdm_vendor_defined request = { .standard_id = APPLICATION_STANDARD_ID,
		.vendor_id = { application_vendor_id, sizeof application_vendor_id } };

	if (!application_write(&out, t->transport->binding, part))
		return TSPDM_ERR_TOO_LARGE;
	request.payload = tspdm_buffer_view(&out);
	TSPDM_TRY(tspdm_requester_use_session(t->requester, t->session));
	TSPDM_TRY(tspdm_requester_vendor(t->requester, &request, &response));
	TSPDM_TRY(tspdm_run(t->requester, t->transport));
	*answer = tspdm_buffer_view(&response);
	return TSPDM_OK;
}

static enum tspdm_status ask(struct attest *t, const struct application_part *part, struct application_part *answer)
{
	const struct tspdm_binding *binding = t->transport->binding;
	struct tspdm_view bytes = { NULL, 0 };

	if (application_is_vendor(binding))
		TSPDM_TRY(ask_by_vendor(t, part, &bytes));
	else
		TSPDM_TRY(ask_in_record(t, part, &bytes));
	return application_read(bytes, binding, answer) ? TSPDM_OK : TSPDM_ERR_UNEXPECTED;
}

/* ---- All of it ---- */

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The peer's DataTransferSize bounds what it has to take at once; so does the room where requests are built. */
static size_t part_max(const struct attest *t)
{
	size_t head = APPLICATION_HEAD_MAX + APPLICATION_VENDOR_HEAD, most = t->a->negotiated.peer_data_transfer_size;

	if (t->transport->binding->max_message != 0)
		most = smaller(most, t->transport->binding->max_message - AROUND);
	if (application_is_vendor(t->transport->binding))
		most = smaller(most, sizeof t->a->request);
	most = smaller(most, TAKEN_MAX - AROUND);
	return most > head ? most - head : 1;
}

static uint32_t room_max(const struct attest *t)
{
	size_t most = TAKEN_MAX;

	if (t->transport->binding->max_message != 0)
		most = smaller(most, t->transport->binding->max_message);
	return (uint32_t)(most - AROUND - APPLICATION_HEAD_MAX - APPLICATION_VENDOR_HEAD);
}

static bool keep(struct file *received, struct tspdm_view data)
{
	uint8_t *larger;

	if (data.len == 0)
		return true;
	if (data.len > RECEIVE_MAX - received->len)
		return false;
	larger = realloc(received->bytes, received->len + data.len);
	if (larger == NULL)
		return false;
	memcpy(larger + received->len, data.ptr, data.len);
	received->bytes = larger;
	received->len += data.len;
	return true;
}

/* Returns false with the end of it in the verdict. */
static bool take_answer(struct attest *t, const struct application_part *part, const struct application_part *answer)
{
	if (answer->is_refused)
		return session_check(t, check_name, TSPDM_ERR_PEER,
			"the attester takes no application data (see its --app, --receive and --reply)");
	if (answer->data.len > part->room)
		return session_check(t, check_name, TSPDM_ERR_TOO_LARGE, "the attester answered more than it may");
	if (!keep(&t->a->received, answer->data))
		return session_check(t, check_name, TSPDM_ERR_TOO_LARGE, "the attester's answer does not end");
	if (answer->is_end ? !part->is_end : part->is_end && answer->data.len == 0)
		return session_check(t, check_name, TSPDM_ERR_UNEXPECTED, "the attester ends too early, or not at all");
	return true;
}

/* An attester that holds the session back until it is shown evidence takes no application data, and says no more. */
static const char *advice(const struct attest *t, enum tspdm_status status)
{
	return status == TSPDM_ERR_SESSION_ENDED && t->m->tee.source == NULL
		       ? "; an attester with --attest-peer require wants evidence of the verifier, --tee"
		       : "";
}

static bool exchange(struct attest *t)
{
	const struct file *secret = &t->m->secret;
	struct application_part part = { .room = room_max(t) }, answer = { 0 };
	size_t sent = 0;

	while (!answer.is_end) {
		size_t len = smaller(secret->len - sent, part_max(t));
		enum tspdm_status status;

		part.data = (struct tspdm_view){ secret->bytes, len };
		if (len != 0)
			part.data.ptr += sent;
		part.is_end = sent + len == secret->len;
		status = ask(t, &part, &answer);
		if (status != TSPDM_OK)
			return session_check(t, check_name, status, "after %zu of %zu bytes: %s%s", sent, secret->len,
				tspdm_status_text(status), advice(t, status));
		sent += len;
		if (!take_answer(t, &part, &answer))
			return false;
	}
	return session_check(t, check_name, TSPDM_OK, "%zu bytes sent, %zu received", sent, t->a->received.len);
}

bool release_run(struct attest *t)
{
	const struct options *o = t->m->options;

	return (o->send == NULL && o->receive == NULL) || exchange(t);
}
