/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Large messages at the requester's end, DSP0274 1.2 "Large SPDM message transfer mechanism": the engine's request goes out
 * in chunks, and its response is fetched in chunks, without the exchange knowing of it. */
#include <string.h>

#include <tspdm/secret.h>

#include "requester/requester.h"

static bool is_agreed(const struct tspdm_requester *r)
{
	return (r->c.own_flags & r->c.peer_flags & TSPDM_CAP_CHUNK) != 0;
}

void tspdm_requester_chunk_end(struct tspdm_requester *r)
{
	struct chunking *c = &r->engine.chunk;

	if (c->used != 0)
		tspdm_wipe(r->config.large, c->used);
	*c = (struct chunking){ .handle = c->handle };
}

/* The engine sends the next chunk message; of the one before answers may still come, if it was repeated. */
static void go_on(struct tspdm_requester *r, struct tspdm_view message)
{
	struct engine *e = &r->engine;
	unsigned stale = e->chunk.stale + (e->sendings > 0 ? e->sendings - 1U : 0U);

	e->chunk.stale = stale > UINT8_MAX ? UINT8_MAX : (uint8_t)stale;
	e->chunk.message = message;
	e->sendings = 0;
	e->state = ENGINE_SEND;
}

/* ---- The request ---- */

/* What goes out in one piece: not more than the peer takes, the binding carries, and there is room for. */
static size_t transfer_size(const struct tspdm_requester *r)
{
	const struct session *s = r->engine.session;
	size_t most = r->c.peer_data_transfer_size, room = r->config.large_len;

	if (most > r->c.binding->max_message)
		most = r->c.binding->max_message;
	if (s != NULL) {
		size_t around = tspdm_session_head_len(s) + tspdm_session_tail_len(s);

		room = r->config.record_len > around ? r->config.record_len - around : 0;
	}
	if (most > room)
		most = room;
	if (most > r->config.large_len)
		most = r->config.large_len;
	return tspdm_chunk_transfer(most, r->c.binding->alignment);
}

static enum tspdm_status write_chunk(struct tspdm_requester *r)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct chunking *c = &r->engine.chunk;
	const struct tspdm_chunk chunk = tspdm_chunk_current(&c->out, tspdm_requester_request(r).ptr);
	struct tspdm_buffer message = { r->config.large, r->config.large_len, 0 };

	TSPDM_TRY(tspdm_write_chunk_send(&message, &shape, &chunk));
	if (c->used < message.len)
		c->used = message.len;
	go_on(r, tspdm_buffer_view(&message));
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_chunk_begin(struct tspdm_requester *r)
{
	static const char clause[] = "DSP0274 1.2 \"DataTransferSize\"";
	struct engine *e = &r->engine;
	size_t len = e->request_len, most;

	if (r->c.phase < TSPDM_PHASE_AFTER_CAPABILITIES)
		return TSPDM_OK;
	if (!is_agreed(r))
		return len > r->c.peer_data_transfer_size ? tspdm_requester_broken(r, TSPDM_ERR_TOO_LARGE, clause, 0)
							  : TSPDM_OK;
	most = transfer_size(r);
	if (len <= most)
		return TSPDM_OK;
	if (len > r->c.peer_max_message)
		return tspdm_requester_broken(r, TSPDM_ERR_TOO_LARGE, "DSP0274 1.2 \"MaxSPDMmsgSize\"", 0);
	if (most < TSPDM_MIN_DATA_TRANSFER_SIZE)
		return TSPDM_ERR_BUFFER;
	e->chunk.handle++;
	TSPDM_TRY(tspdm_chunk_begin(&e->chunk.out, e->chunk.handle, len, (uint32_t)most, r->c.version));
	e->chunk.step = CHUNK_SENDING;
	e->chunk.was_sent = true;
	e->sendings = 0;
	return write_chunk(r);
}

static enum tspdm_status check_ack(const struct chunking *c, const struct tspdm_chunk_send_ack *ack)
{
	if (ack->handle != c->out.handle)
		return TSPDM_ERR_CHUNK_HANDLE;
	if (ack->sequence != c->out.sequence)
		return TSPDM_ERR_CHUNK_SEQUENCE;
	if (ack->is_early_error)
		return ack->response.ptr[1] == TSPDM_ERROR ? TSPDM_OK : TSPDM_ERR_FIELD;
	if (!tspdm_chunk_is_last(&c->out))
		return ack->response.len != 0 ? TSPDM_ERR_TRAILING : TSPDM_OK;
	return ack->response.len == 0 ? TSPDM_ERR_TRUNCATED : TSPDM_OK;
}

static enum tspdm_status take_ack(struct tspdm_requester *r, struct tspdm_view *message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct chunking *c = &r->engine.chunk;
	struct tspdm_chunk_send_ack ack;
	size_t used;

	TSPDM_TRY(tspdm_read_chunk_send_ack(*message, &shape, &ack, &used));
	TSPDM_TRY(check_ack(c, &ack));
	if (!ack.is_early_error && !tspdm_chunk_is_last(&c->out)) {
		tspdm_chunk_advance(&c->out);
		TSPDM_TRY(write_chunk(r));
		return TSPDM_AGAIN;
	}
	c->step = CHUNK_NONE;
	*message = ack.response;
	/* DSP0274 1.2 "CHUNK_SEND_ACK response": it would have come in its place */
	return message->ptr[1] == TSPDM_ERROR && message->ptr[2] == TSPDM_ERROR_LARGE_RESPONSE ? TSPDM_ERR_CHUNK_CONTENT
											       : TSPDM_OK;
}

/* ---- The response ---- */

static enum tspdm_status write_get(struct tspdm_requester *r)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct chunking *c = &r->engine.chunk;
	const struct tspdm_chunk_get get = { .handle = c->in_handle, .sequence = (uint32_t)c->in.next };
	struct tspdm_buffer message = { c->get, sizeof c->get, 0 };

	TSPDM_TRY(tspdm_write_chunk_get(&message, &shape, &get));
	go_on(r, tspdm_buffer_view(&message));
	return TSPDM_OK;
}

bool tspdm_requester_chunk_may_fail(const struct tspdm_requester *r, uint8_t code)
{
	const struct chunking *c = &r->engine.chunk;

	if (c->step == CHUNK_NONE)
		return true;
	/* chunk messages are of the class that is never late, DSP0274 1.2 "Timing requirements" */
	if (code == TSPDM_ERROR_LARGE_RESPONSE)
		return c->step == CHUNK_SENDING && tspdm_chunk_is_last(&c->out);
	return code != TSPDM_ERROR_RESPONSE_NOT_READY;
}

enum tspdm_status tspdm_requester_chunk_large(struct tspdm_requester *r, const struct tspdm_error_response *error)
{
	static const char clause[] = "DSP0274 1.2 \"LargeResponse extended error data\"";
	struct chunking *c = &r->engine.chunk;

	if (!is_agreed(r))
		return tspdm_requester_broken(r, TSPDM_ERR_UNEXPECTED, clause, 0);
	r->error.peer_error = 0;
	r->error.peer_error_data = 0;
	c->step = CHUNK_GETTING;
	c->in = (struct chunk_in){ .is_begun = false };
	c->in_handle = error->extended.ptr[0];
	return write_get(r);
}

static enum tspdm_status take_response(struct tspdm_requester *r, struct tspdm_view *message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct chunking *c = &r->engine.chunk;
	const struct chunk_limits limits = {
		.transfer = r->config.data_transfer_size, .message = r->config.max_message, .may_be_small = c->was_sent
	};
	struct tspdm_view padded = *message;
	struct tspdm_chunk chunk;
	size_t used;

	TSPDM_TRY(tspdm_read_chunk_response(*message, &shape, &chunk, &used));
	TSPDM_TRY(tspdm_requester_trim(r, &padded, used));
	if (chunk.handle != c->in_handle)
		return TSPDM_ERR_CHUNK_HANDLE;
	TSPDM_TRY(tspdm_chunk_take(&c->in, &chunk, used, &limits, r->config.large));
	if (c->used < c->in.have)
		c->used = c->in.have;
	if (c->in.is_active) {
		TSPDM_TRY(write_get(r));
		return TSPDM_AGAIN;
	}
	c->step = CHUNK_NONE;
	c->is_whole = true;
	*message = (struct tspdm_view){ r->config.large, c->in.total };
	return TSPDM_OK;
}

enum tspdm_status tspdm_requester_chunk_take(struct tspdm_requester *r, struct tspdm_view *message)
{
	static const char sent[] = "DSP0274 1.2 \"CHUNK_SEND_ACK response\"";
	static const char got[] = "DSP0274 1.2 \"CHUNK_RESPONSE response\"";
	bool is_sending = r->engine.chunk.step == CHUNK_SENDING;
	enum tspdm_status status = TSPDM_ERR_UNEXPECTED;

	if (message->ptr[1] == (is_sending ? TSPDM_CHUNK_SEND_ACK : TSPDM_CHUNK_RESPONSE))
		status = is_sending ? take_ack(r, message) : take_response(r, message);
	return status < 0 ? tspdm_requester_broken(r, status, is_sending ? sent : got, 0) : status;
}

/* The ERROR(LargeResponse) that is being followed, once more. */
static bool is_large_again(const struct chunking *c, struct tspdm_view message)
{
	struct tspdm_error_response error;
	size_t used;

	return c->step == CHUNK_GETTING && tspdm_read_error(message, &error, &used) == TSPDM_OK &&
	       error.code == TSPDM_ERROR_LARGE_RESPONSE && error.extended.ptr[0] == c->in_handle;
}

/* Its ChunkSeqNo is that of the message before. */
bool tspdm_requester_chunk_is_stale(struct tspdm_requester *r, struct tspdm_view message)
{
	const struct tspdm_shape shape = tspdm_connection_shape(&r->c);
	struct chunking *c = &r->engine.chunk;
	struct tspdm_chunk_send_ack ack;
	struct tspdm_chunk chunk;
	bool is_stale;
	size_t used;

	if (c->stale == 0)
		return false;
	is_stale = is_large_again(c, message);
	if (c->step == CHUNK_SENDING && tspdm_read_chunk_send_ack(message, &shape, &ack, &used) == TSPDM_OK)
		is_stale = ack.handle == c->out.handle && ack.sequence + UINT64_C(1) == c->out.sequence;
	if (c->step == CHUNK_GETTING && tspdm_read_chunk_response(message, &shape, &chunk, &used) == TSPDM_OK)
		is_stale = chunk.handle == c->in_handle && chunk.sequence + UINT64_C(1) == c->in.next;
	if (is_stale)
		c->stale--;
	return is_stale;
}
