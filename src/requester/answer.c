/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What a requester answers to encapsulated requests: which it takes where, DIGESTS, CERTIFICATE, KEY_UPDATE_ACK, ERROR.
 * DSP0274 1.2 "Encapsulated request messages", "Basic mutual authentication", "Session-based mutual authentication". */
#include <string.h>

#include "core/chain_response.h"
#include "requester/requester.h"

enum { GET_DIGESTS_LEN = 4 };
enum {
	ANYWHERE = FLOW_BASIC | FLOW_HANDSHAKE | FLOW_CLEAR | FLOW_SESSION,
};

static struct tspdm_view asked(const struct tspdm_requester *r)
{
	return (struct tspdm_view){ r->flow.ask, r->flow.ask_len };
}

/* M1/M2 of the requester is for a CHALLENGE that may still come. */
static enum tspdm_status note(
	struct tspdm_requester *r, bool is_digests, struct tspdm_view request, const struct tspdm_buffer *out)
{
	if (r->flow.use != FLOW_BASIC)
		return TSPDM_OK;
	return tspdm_mutual_transcript_b(&r->flow.transcript, is_digests, request, tspdm_buffer_view(out));
}

static enum tspdm_status answer_digests(struct tspdm_requester *r, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_view request = asked(r);
	struct tspdm_digests digests = { 0 };
	uint8_t room[TSPDM_SLOTS][TSPDM_HASH_MAX];

	TSPDM_TRY(tspdm_requester_trim(r, &request, GET_DIGESTS_LEN));
	digests.provisioned_slots = tspdm_requester_own_slots(r);
	digests.supported_slots = digests.provisioned_slots;
	if (digests.provisioned_slots == 0)
		return TSPDM_ERR_SLOT;
	for (unsigned i = 0; i < TSPDM_SLOTS; i++) {
		if ((digests.provisioned_slots & 1U << i) == 0)
			continue;
		TSPDM_TRY(tspdm_requester_own_digest(r, i, room[i]));
		digests.digest[i] = (struct tspdm_view){ room[i], shape.hash_len };
	}
	TSPDM_TRY(tspdm_write_digests(out, &shape, &digests));
	return note(r, true, request, out);
}

static enum tspdm_status answer_certificate(struct tspdm_requester *r, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_view request = asked(r);
	struct tspdm_get_certificate ask;
	const struct tspdm_slot *slot;
	struct chain_image image;
	size_t used;

	TSPDM_TRY(tspdm_read_get_certificate(request, &shape, &ask, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &request, used));
	if (ask.slot >= TSPDM_SLOTS)
		return TSPDM_ERR_SLOT;
	TSPDM_TRY(tspdm_requester_own_slot(r, ask.slot, &slot));
	TSPDM_TRY(tspdm_requester_own_image(r, slot, &image));
	TSPDM_TRY(tspdm_chain_response(&image, &shape, &ask, out));
	return note(r, false, request, out);
}

/* DSP0277's "Key update": the responder's own direction only, UpdateKey and then VerifyNewKey. */
static enum tspdm_status answer_key_update(struct tspdm_requester *r, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct tspdm_record_stream *open = &r->engine.session->open;
	struct tspdm_view request = asked(r);
	struct tspdm_key_update update;
	size_t used;

	TSPDM_TRY(tspdm_read_key_update(request, &shape, &update, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &request, used));
	if (update.operation != (tspdm_record_is_pending(open) ? TSPDM_VERIFY_NEW_KEY : TSPDM_UPDATE_KEY))
		return TSPDM_ERR_FIELD;
	TSPDM_TRY(tspdm_write_key_update_ack(out, &shape, &update));
	if (update.operation == TSPDM_VERIFY_NEW_KEY)
		return tspdm_record_confirm(open);
	return tspdm_session_update(r->engine.session, open);
}

/* code, where it may come, what the requester must have announced and what both sides, who answers */
static const struct {
	uint8_t code, where;
	uint32_t own, both;
	enum tspdm_status (*answer)(struct tspdm_requester *r, struct tspdm_buffer *out);
} rows[] = {
	{ TSPDM_GET_DIGESTS, ANYWHERE, TSPDM_CAP_CERT, 0, answer_digests },
	{ TSPDM_GET_CERTIFICATE, ANYWHERE, TSPDM_CAP_CERT, 0, answer_certificate },
	{ TSPDM_CHALLENGE, FLOW_BASIC, TSPDM_CAP_CHAL, 0, tspdm_requester_answer_challenge },
	{ TSPDM_KEY_UPDATE, FLOW_SESSION, 0, TSPDM_CAP_KEY_UPD, answer_key_update },
	/* they carry others, and are not carried */
	{ TSPDM_GET_ENCAPSULATED_REQUEST, 0, 0, 0, NULL },
	{ TSPDM_DELIVER_ENCAPSULATED_RESPONSE, 0, 0, 0, NULL },
};

static enum tspdm_status write_refusal(
	struct tspdm_requester *r, enum tspdm_status why, uint8_t code, uint8_t data, struct tspdm_buffer *out)
{
	const struct tspdm_error_response error = { .code = code, .data = data };

	r->flow.refused = why;
	out->len = 0;
	return tspdm_write_error(out, r->c.version, &error);
}

/* What the request is at fault for; the rest is this side's failure, which ends the job. */
static bool is_invalid(enum tspdm_status status)
{
	return tspdm_status_class(status) == TSPDM_CLASS_FORM || status == TSPDM_ERR_SLOT ||
	       status == TSPDM_ERR_PORTION;
}

static enum tspdm_status answer_row(struct tspdm_requester *r, size_t i, struct tspdm_buffer *out)
{
	uint8_t code = rows[i].code;
	enum tspdm_status status;

	if ((r->c.own_flags & rows[i].own) != rows[i].own ||
		(r->c.own_flags & r->c.peer_flags & rows[i].both) != rows[i].both)
		return write_refusal(r, TSPDM_ERR_CAPABILITY_MISSING, TSPDM_ERROR_UNSUPPORTED_REQUEST, code, out);
	if ((rows[i].where & r->flow.use) == 0)
		return write_refusal(r, TSPDM_ERR_UNEXPECTED, TSPDM_ERROR_UNEXPECTED_REQUEST, 0, out);
	status = rows[i].answer(r, out);
	if (is_invalid(status))
		return write_refusal(r, status, TSPDM_ERROR_INVALID_REQUEST, 0, out);
	if (status == TSPDM_OK)
		r->flow.answered++;
	return status;
}

/* In a handshake nothing but what the requester's identity needs is ever asked, and the session ends. */
static bool is_out_of_handshake(const struct tspdm_requester *r, uint8_t code)
{
	return r->flow.use == FLOW_HANDSHAKE && code != TSPDM_GET_DIGESTS && code != TSPDM_GET_CERTIFICATE;
}

enum tspdm_status tspdm_requester_answer(struct tspdm_requester *r, struct tspdm_buffer *out)
{
	struct tspdm_header header;

	if (r->signing.is_under_way) {
		TSPDM_TRY(tspdm_requester_sign_on(r, out));
		r->flow.answered++;
		return TSPDM_OK;
	}
	r->flow.refused = TSPDM_OK;
	TSPDM_TRY(tspdm_read_header(asked(r), &header));
	if (header.version != r->c.version)
		return write_refusal(r, TSPDM_ERR_VERSION, TSPDM_ERROR_VERSION_MISMATCH, 0, out);
	if (is_out_of_handshake(r, header.code)) {
		r->flow.doom = TSPDM_ERR_UNEXPECTED;
		return write_refusal(r, TSPDM_ERR_UNEXPECTED, TSPDM_ERROR_UNEXPECTED_REQUEST, 0, out);
	}
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i].code == header.code)
			return answer_row(r, i, out);
	return write_refusal(r, TSPDM_ERR_UNSUPPORTED, TSPDM_ERROR_UNSUPPORTED_REQUEST, header.code, out);
}
