/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * In place of all that a responder for attestation alone does not have: sessions, mutual authentication, chunks. Their
 * requests are not known, their capabilities cannot be configured; for firmware that counts bytes. */
#include "responder/responder.h"

uint32_t tspdm_responder_parts(void)
{
	return TSPDM_CAP_CERT | TSPDM_CAP_CHAL | TSPDM_CAP_MEAS_MASK | TSPDM_CAP_MEAS_FRESH | TSPDM_CAP_ALIAS_CERT;
}

/* ---- Requests. Never reached: their capabilities are not announced ---- */

#define NOT_HERE(name)                                                                                                 \
	enum tspdm_status name(struct tspdm_responder *p, struct request *q, struct tspdm_buffer *out)                 \
	{                                                                                                              \
		(void)p;                                                                                               \
		(void)q;                                                                                               \
		(void)out;                                                                                             \
		return TSPDM_ERR_UNSUPPORTED;                                                                          \
	}

NOT_HERE(tspdm_responder_key_exchange)
NOT_HERE(tspdm_responder_finish)
NOT_HERE(tspdm_responder_psk_exchange)
NOT_HERE(tspdm_responder_psk_finish)
NOT_HERE(tspdm_responder_heartbeat)
NOT_HERE(tspdm_responder_key_update)
NOT_HERE(tspdm_responder_end_session)
NOT_HERE(tspdm_responder_get_encapsulated)
NOT_HERE(tspdm_responder_deliver_encapsulated)
NOT_HERE(tspdm_responder_chunk_send)
NOT_HERE(tspdm_responder_chunk_get)
NOT_HERE(tspdm_responder_csr)
NOT_HERE(tspdm_responder_set_certificate)

bool tspdm_responder_can_provision(const struct tspdm_responder *p)
{
	(void)p;
	return true; /* what is announced: nothing */
}

/* ---- Sessions ---- */

enum tspdm_status tspdm_responder_take_sessions(struct tspdm_responder *p)
{
	(void)p;
	return TSPDM_OK; /* there are none to be configured */
}

enum tspdm_status tspdm_responder_table_sessions(struct tspdm_responder *p)
{
	(void)p;
	return TSPDM_OK;
}

void tspdm_responder_drop_sessions(struct tspdm_responder *p)
{
	(void)p;
}

void tspdm_responder_abandon(struct session *s)
{
	(void)s;
}

bool tspdm_responder_awaits_new_key(const struct session *s)
{
	(void)s;
	return false;
}

struct session *tspdm_responder_clear_handshake(struct tspdm_responder *p)
{
	(void)p;
	return NULL;
}

enum tspdm_status tspdm_responder_key_exchange_signed(
	struct tspdm_responder *p, struct tspdm_buffer *out, size_t signature_len)
{
	(void)p;
	(void)out;
	(void)signature_len;
	return TSPDM_ERR_STATE;
}

/* A record belongs to no session: it is dropped. */
enum tspdm_status tspdm_responder_record(
	struct tspdm_responder *p, struct tspdm_view record, struct tspdm_buffer *response)
{
	(void)p;
	(void)record;
	(void)response;
	return TSPDM_OK;
}

enum tspdm_status tspdm_responder_settle(struct tspdm_responder *p, struct session *s)
{
	(void)s;
	p->after = AFTER_NOTHING;
	return TSPDM_OK;
}

void tspdm_responder_expire(struct tspdm_responder *p)
{
	(void)p;
}

/* ---- Mutual authentication ---- */

enum tspdm_status tspdm_mutual_configure(struct tspdm_responder *p)
{
	bool is_wanted = p->config.mutual != TSPDM_MUTUAL_NONE || p->config.basic_mutual;

	return is_wanted ? TSPDM_ERR_UNSUPPORTED : TSPDM_OK;
}

bool tspdm_mutual_wants_basic(const struct tspdm_responder *p)
{
	(void)p;
	return false;
}

void tspdm_mutual_forget(struct tspdm_responder *p)
{
	(void)p;
}

enum tspdm_status tspdm_flow_begin(struct tspdm_responder *p, struct session *s)
{
	(void)p;
	(void)s;
	return TSPDM_ERR_STATE;
}

bool tspdm_flow_is_taken(const struct tspdm_responder *p)
{
	(void)p;
	return false;
}

void tspdm_flow_drop(struct tspdm_responder *p)
{
	(void)p;
}

enum tspdm_status tspdm_encapsulated_allows(const struct tspdm_responder *p, uint8_t code)
{
	(void)p;
	(void)code;
	return TSPDM_OK;
}

/* ---- Chunks ---- */

bool tspdm_responder_chunk_blocks(const struct tspdm_responder *p, const struct request *q)
{
	(void)p;
	(void)q;
	return false;
}

bool tspdm_responder_chunk_forbidden(const struct request *q)
{
	(void)q;
	return true; /* whole messages come from chunks only */
}

struct tspdm_buffer tspdm_responder_chunk_room(
	struct tspdm_responder *p, const struct request *q, const struct tspdm_buffer *room, size_t most)
{
	(void)p;
	(void)q;
	(void)most;
	return *room;
}

bool tspdm_responder_chunk_deliver(
	struct tspdm_responder *p, const struct tspdm_buffer *response, struct tspdm_buffer *room, size_t most)
{
	(void)p;
	(void)most;
	room->len = response->len;
	return false;
}

void tspdm_responder_chunk_drop(struct tspdm_responder *p)
{
	(void)p;
}

/* ---- Evidence in sessions ---- */

enum tspdm_status tspdm_responder_configure_evidence(struct tspdm_responder_config *c)
{
	return c->must_attest ? TSPDM_ERR_UNSUPPORTED : TSPDM_OK;
}

bool tspdm_responder_is_evidence(const struct tspdm_responder *p, const struct tspdm_vendor_defined *message)
{
	(void)p;
	(void)message;
	return false;
}

enum tspdm_status tspdm_responder_evidence(struct tspdm_responder *p, struct request *q,
	const struct tspdm_vendor_defined *message, struct tspdm_buffer *payload)
{
	(void)p;
	(void)q;
	(void)message;
	(void)payload;
	return TSPDM_ERR_UNSUPPORTED;
}

void tspdm_responder_evidence_drop(struct tspdm_responder *p)
{
	(void)p;
}

enum tspdm_status tspdm_responder_bind_measured(
	const struct tspdm_responder *p, const struct tspdm_measurement_binding *binding, uint8_t *report_data)
{
	return tspdm_bind_measurement_evidence(p->config.crypto, binding, report_data);
}

bool tspdm_responder_is_upkeep(uint8_t code)
{
	(void)code;
	return true;
}
