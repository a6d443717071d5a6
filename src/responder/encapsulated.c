/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * GET_ENCAPSULATED_REQUEST and DELIVER_ENCAPSULATED_RESPONSE, DSP0274 1.2, the clauses of those names: flows of encapsulated
 * requests, what may come between, and repetitions in the clear. */
#include <string.h>

#include "core/digest.h"
#include "responder/responder.h"

enum { CARRIER_LEN = 4 };

/* ---- Flows ---- */

void tspdm_flow_drop(struct tspdm_responder *p)
{
	struct tspdm_crypto *crypto = p->config.crypto;

	tspdm_claim_drop(p, &p->flow.claim);
	crypto->ops->hash_free(crypto, p->flow.m);
	memset(&p->flow, 0, sizeof p->flow);
}

void tspdm_flow_leave(struct tspdm_responder *p, const struct session *s)
{
	if (p->flow.purpose == FLOW_MUTUAL && p->flow.session == s)
		tspdm_flow_drop(p);
	if (s->is_mutual && p->requester.told.session == s->id)
		tspdm_mutual_forget(p);
}

static bool is_open(const struct flow *flow)
{
	return flow->purpose != FLOW_NONE && (flow->state == FLOW_PENDING || flow->state == FLOW_ASKED);
}

bool tspdm_flow_is_taken(const struct tspdm_responder *p)
{
	return is_open(&p->flow) || (p->flow.purpose == FLOW_MUTUAL && p->flow.state == FLOW_DONE);
}

/* Whether the message under way is one of the flow's: in its session, or in the clear where its handshake is. */
static bool is_here(const struct tspdm_responder *p)
{
	const struct flow *flow = &p->flow;
	bool is_clear = flow->purpose == FLOW_BASIC || (flow->purpose == FLOW_MUTUAL && flow->session->is_clear);

	if (flow->purpose == FLOW_NONE)
		return false;
	return is_clear ? p->session == NULL : p->session == flow->session;
}

/* Requests that have rules of their own while a flow is open. */
static bool is_exempt(const struct flow *flow, uint8_t code)
{
	switch (code) {
	case TSPDM_FINISH:       /* refused by its handler, and its session with it */
	case TSPDM_KEY_EXCHANGE: /* likewise unexpected while a handshake is in the clear; or the repetition of its own */
		return flow->purpose == FLOW_MUTUAL;
	case TSPDM_CHALLENGE: /* its answer was lost */
		return flow->purpose == FLOW_BASIC && flow->state == FLOW_PENDING;
	default:
		return false;
	}
}

enum tspdm_status tspdm_encapsulated_allows(const struct tspdm_responder *p, uint8_t code)
{
	const struct session *s = p->session;

	if (code == TSPDM_GET_ENCAPSULATED_REQUEST || code == TSPDM_DELIVER_ENCAPSULATED_RESPONSE)
		return TSPDM_OK;
	/* the response that began the flow may be large; a request in chunks is judged when it is whole */
	if (tspdm_responder_is_chunk(code))
		return TSPDM_OK;
	if (is_open(&p->flow) && is_here(p) && !is_exempt(&p->flow, code))
		return TSPDM_ERR_IN_FLIGHT;
	if (s != NULL && (s->asked.step == ASKED_UPDATE || s->asked.step == ASKED_VERIFY) && code != TSPDM_END_SESSION)
		return TSPDM_ERR_IN_FLIGHT;
	return TSPDM_OK;
}

uint8_t tspdm_encapsulated_id(struct tspdm_responder *p)
{
	if (++p->next_request_id == 0)
		p->next_request_id = 1;
	return p->next_request_id;
}

struct tspdm_shape tspdm_encapsulated_shape(const struct tspdm_responder *p)
{
	const struct connection *c = &p->connection;
	struct tspdm_shape shape = tspdm_connection_shape(c);

	shape.signature_len =
		(uint16_t)tspdm_algorithm_size(TSPDM_KIND_ASYM, c->selected.tables.supported[TSPDM_ALG_REQ_ASYM]);
	return shape;
}

static enum tspdm_status begin(struct tspdm_responder *p)
{
	struct flow *flow = &p->flow;

	flow->chain = (struct gathering){ .room = p->config.requester_chain,
		.cap = p->config.requester_chain_len,
		.slot = p->config.requester_slot };
	if (flow->purpose == FLOW_BASIC)
		return tspdm_transcript_new_log(&p->connection.transcript, &flow->m);
	if (flow->session->mutual_auth != TSPDM_MUTUAL_AUTH_IMPLICIT)
		return TSPDM_OK;
	/* GET_DIGESTS is implied, with the RequestID 0 */
	flow->state = FLOW_ASKED;
	return tspdm_identify_ask(p, TSPDM_GET_DIGESTS);
}

enum tspdm_status tspdm_flow_begin(struct tspdm_responder *p, struct session *s)
{
	enum tspdm_status status;

	tspdm_flow_drop(p);
	tspdm_mutual_forget(p); /* its chain is about to be overwritten */
	p->flow.purpose = s != NULL ? FLOW_MUTUAL : FLOW_BASIC;
	p->flow.session = s;
	status = begin(p);
	if (status != TSPDM_OK)
		p->flow.state = FLOW_FAILED;
	return status;
}

/* Nothing more is asked, and nothing was proved. */
static void fail(struct tspdm_responder *p)
{
	p->flow.state = FLOW_FAILED;
	p->flow.answer_len = 0;
	tspdm_claim_drop(p, &p->flow.claim);
}

/* A requester that showed what cannot be accepted has no session; what it was asked in the clear is just not known. */
static enum tspdm_status give_up(struct tspdm_responder *p, enum tspdm_status status)
{
	fail(p);
	if (p->flow.purpose == FLOW_MUTUAL)
		p->after = AFTER_END;
	return status;
}

/* ---- GET_ENCAPSULATED_REQUEST ---- */

static struct tspdm_view request_of(const struct flow *flow)
{
	return (struct tspdm_view){ flow->request, flow->request_len };
}

/* What is asked first: nothing is fetched from a requester whose chain or key is known. */
static uint8_t first_code(const struct tspdm_responder *p)
{
	return p->flow.purpose == FLOW_BASIC && p->flow.claim.key != NULL ? TSPDM_CHALLENGE : TSPDM_GET_DIGESTS;
}

static enum tspdm_status ask_first(struct tspdm_responder *p)
{
	struct flow *flow = &p->flow;
	uint8_t slot =
		(p->connection.peer_flags & TSPDM_CAP_PUB_KEY_ID) != 0 ? TSPDM_SLOT_PUBLIC_KEY : flow->chain.slot;

	if (flow->purpose == FLOW_BASIC && tspdm_mutual_is_provisioned(p))
		TSPDM_TRY(tspdm_claim_provisioned(p, slot, &flow->claim));
	TSPDM_TRY(tspdm_identify_ask(p, first_code(p)));
	flow->request_id = tspdm_encapsulated_id(p);
	return TSPDM_OK;
}

static enum tspdm_status fetch(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_encapsulated_shape(p);
	struct flow *flow = &p->flow;
	/* in the clear its answer may have been lost; the implied request was never fetched */
	bool is_repeated =
		flow->state == FLOW_ASKED && p->session == NULL && !flow->was_answered && flow->request_id != 0;
	struct tspdm_encapsulated ask;
	enum tspdm_status status = TSPDM_OK;

	if (flow->state != FLOW_PENDING && flow->state != FLOW_ASKED)
		return TSPDM_ERR_NOTHING_PENDING;
	if (flow->state == FLOW_ASKED && !is_repeated)
		return TSPDM_ERR_IN_FLIGHT;
	if (!is_repeated)
		status = tspdm_responder_own(q, ask_first(p));
	ask = (struct tspdm_encapsulated){ flow->request_id, request_of(flow) };
	if (status == TSPDM_OK)
		status = tspdm_write_encapsulated_request(out, &shape, &ask);
	if (status != TSPDM_OK)
		return give_up(p, status);
	flow->state = FLOW_ASKED;
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_get_encapsulated(
	struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);

	TSPDM_TRY(tspdm_read_get_encapsulated_request(q->message, &shape, &q->used));
	if (is_here(p))
		return fetch(p, q, out);
	if (p->session != NULL && p->session->phase == SESSION_ESTABLISHED)
		return tspdm_ask_update(p, out);
	return TSPDM_ERR_NOTHING_PENDING;
}

/* ---- DELIVER_ENCAPSULATED_RESPONSE ---- */

/* The end of the flow, or the next request; kept for the repetition of what it answers. */
static enum tspdm_status acknowledge(struct tspdm_responder *p, uint8_t delivered, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_encapsulated_shape(p);
	struct flow *flow = &p->flow;
	struct tspdm_encapsulated_ack ack = { .payload = TSPDM_ACK_ABSENT, .ack_request_id = delivered };

	if (flow->state == FLOW_ASKED) {
		ack.payload = TSPDM_ACK_PRESENT;
		ack.request_id = flow->request_id;
		ack.message = request_of(flow);
	} else if (flow->state == FLOW_DONE && flow->purpose == FLOW_MUTUAL) {
		ack.payload = TSPDM_ACK_SLOT;
		ack.slot = flow->claim.slot;
	}
	TSPDM_TRY(tspdm_write_encapsulated_ack(out, &shape, &ack));
	if (out->len > sizeof flow->answer)
		return TSPDM_ERR_STATE;
	memcpy(flow->answer, out->ptr, out->len);
	flow->answer_len = out->len;
	return TSPDM_OK;
}

/* The response to what was asked: what follows from it. */
static enum tspdm_status take_response(struct tspdm_responder *p, struct request *q,
	const struct tspdm_encapsulated *delivered, struct tspdm_buffer *out)
{
	struct flow *flow = &p->flow;
	uint8_t id = flow->request_id, next = 0;
	size_t used = 0;

	flow->was_answered = true;
	TSPDM_TRY(tspdm_identify_take(p, q, delivered->message, &used, &next));
	q->used = CARRIER_LEN + used;
	if (next != 0) {
		TSPDM_TRY(tspdm_responder_own(q, tspdm_identify_ask(p, next)));
		flow->request_id = tspdm_encapsulated_id(p);
	} else {
		flow->state = FLOW_DONE;
	}
	return acknowledge(p, id, out);
}

/* A delivery that answers nothing that was asked changes nothing. */
static enum tspdm_status check_delivery(const struct flow *flow, uint8_t version,
	const struct tspdm_encapsulated *delivered, struct tspdm_header *inner)
{
	uint8_t expected = flow->request[1] & 0x7FU;

	if (delivered->request_id != flow->request_id)
		return TSPDM_ERR_ECHO;
	TSPDM_TRY(tspdm_read_header(delivered->message, inner));
	if (inner->version != version)
		return TSPDM_ERR_FIELD;
	return inner->code == expected || inner->code == TSPDM_ERROR ? TSPDM_OK : TSPDM_ERR_RESPONSE_CODE;
}

static enum tspdm_status deliver(struct tspdm_responder *p, struct request *q,
	const struct tspdm_encapsulated *delivered, struct tspdm_buffer *out)
{
	struct flow *flow = &p->flow;
	struct tspdm_header inner;
	enum tspdm_status status;

	if (flow->state != FLOW_ASKED)
		return TSPDM_ERR_UNEXPECTED;
	TSPDM_TRY(check_delivery(flow, p->connection.version, delivered, &inner));
	if (inner.code == TSPDM_ERROR) {
		fail(p); /* FINISH will be refused */
		return acknowledge(p, flow->request_id, out);
	}
	status = take_response(p, q, delivered, out);
	return status != TSPDM_OK ? give_up(p, status) : TSPDM_OK;
}

static enum tspdm_status answer_again(const struct flow *flow, struct tspdm_buffer *out)
{
	out->len = flow->answer_len;
	if (out->len > out->cap || out->ptr == NULL)
		return TSPDM_ERR_BUFFER;
	memcpy(out->ptr, flow->answer, flow->answer_len);
	return TSPDM_OK;
}

/* In the clear a message may come twice, its answer having been lost: it counts once. Records cannot be repeated. */
static enum tspdm_status deliver_clear(struct tspdm_responder *p, struct request *q,
	const struct tspdm_encapsulated *delivered, struct tspdm_buffer *out)
{
	struct flow *flow = &p->flow;
	uint8_t digest[TSPDM_HASH_MAX] = { 0 };
	enum tspdm_status status;

	TSPDM_TRY(tspdm_responder_own(
		q, tspdm_digest_once(p->config.crypto, p->connection.selected.base_hash, q->message, digest)));
	if (flow->answer_len != 0 && memcmp(digest, flow->heard, sizeof digest) == 0)
		return answer_again(flow, out);
	status = deliver(p, q, delivered, out);
	if (status == TSPDM_OK)
		memcpy(flow->heard, digest, sizeof digest);
	return status;
}

enum tspdm_status tspdm_responder_deliver_encapsulated(
	struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&p->connection);
	struct tspdm_encapsulated delivered;

	TSPDM_TRY(tspdm_read_deliver_encapsulated(q->message, &shape, &delivered, &q->used));
	if (is_here(p))
		return p->session == NULL ? deliver_clear(p, q, &delivered, out) : deliver(p, q, &delivered, out);
	if (p->session != NULL && p->session->phase == SESSION_ESTABLISHED)
		return tspdm_ask_update_answered(p, q, &delivered, out);
	return TSPDM_ERR_UNEXPECTED;
}
