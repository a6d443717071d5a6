/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Both ends of one direction of records, for the tests of them. */
#ifndef TSPDM_TESTS_RECORD_PAIR_H
#define TSPDM_TESTS_RECORD_PAIR_H

#include "core/record.h"
#include "openssl_support.h"

enum { PAIR_SESSION = 0x22221111, PAIR_ROOM = 1024 };

struct pair {
	struct tspdm_record_stream out_memory, in_memory;
	struct tspdm_record_stream *out, *in;
};

static const uint8_t pair_secret[48] = { 1, 2, 3 };

static inline struct tspdm_record_config pair_config(
	struct tspdm_crypto *crypto, const struct tspdm_binding *binding, bool is_seal)
{
	return (struct tspdm_record_config){
		.size = sizeof(struct tspdm_record_config),
		.crypto = crypto,
		.binding = binding,
		.session_id = PAIR_SESSION,
		.hash = TSPDM_HASH_SHA384,
		.aead = TSPDM_AEAD_AES_256_GCM,
		.spdm_version = TSPDM_V12,
		.is_seal = is_seal,
		.secret = { pair_secret, sizeof pair_secret },
	};
}

static inline void pair_init(
	struct pair *p, const struct tspdm_record_config *out, const struct tspdm_record_config *in)
{
	assert_int_equal(tspdm_record_init(&p->out_memory, sizeof p->out_memory, out, &p->out), TSPDM_OK);
	assert_int_equal(tspdm_record_init(&p->in_memory, sizeof p->in_memory, in, &p->in), TSPDM_OK);
}

static inline void pair_open(
	struct pair *p, struct tspdm_crypto *crypto, const struct tspdm_binding *binding, bool is_mac_only)
{
	struct tspdm_record_config out = pair_config(crypto, binding, true);
	struct tspdm_record_config in = pair_config(crypto, binding, false);

	out.is_mac_only = in.is_mac_only = is_mac_only;
	pair_init(p, &out, &in);
}

static inline void pair_close(struct pair *p)
{
	tspdm_record_wipe(p->out);
	tspdm_record_wipe(p->in);
}

/* A record of `data` at `at`. @returns its length */
static inline size_t pair_seal(struct pair *p, const char *data, uint8_t *at, size_t cap)
{
	struct tspdm_buffer record = { .ptr = at, .cap = cap };

	memcpy(at + tspdm_record_head_len(p->out), data, strlen(data));
	assert_int_equal(tspdm_record_seal(p->out, &record, strlen(data)), TSPDM_OK);
	return record.len;
}

static inline void pair_opens(struct pair *p, const char *data, uint8_t *record, size_t len)
{
	struct tspdm_record_opened opened;

	assert_int_equal(tspdm_record_open(p->in, record, len, &opened), TSPDM_OK);
	assert_int_equal(opened.data.len, strlen(data));
	assert_memory_equal(opened.data.ptr, data, strlen(data));
}

static inline bool holds(const uint8_t *bytes, size_t len, const char *data)
{
	for (size_t i = 0; i + strlen(data) <= len; i++)
		if (memcmp(bytes + i, data, strlen(data)) == 0)
			return true;
	return false;
}

/* Refused with this status, and nothing of the data is left from TSPDM_ERR_MAC on, or where the inner form is wrong. */
static inline void pair_refuses(struct pair *p, enum tspdm_status want, const char *data, uint8_t *record, size_t len)
{
	struct tspdm_record_opened opened;
	enum tspdm_status status = tspdm_record_open(p->in, record, len, &opened);

	if (status != want)
		fail_msg("%s instead of %s", tspdm_status_name(status), tspdm_status_name(want));
	assert_null(opened.data.ptr);
	assert_int_equal(opened.data.len, 0);
	if (want == TSPDM_ERR_MAC || !p->in->is_mac_only)
		assert_false(holds(record, len, data));
}

#endif
