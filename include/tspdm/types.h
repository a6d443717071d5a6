/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What every other header uses: views of bytes, buffers, and the attributes of public functions.
 *
 *	uint8_t room[64];
 *	struct tspdm_buffer out = { .ptr = room, .cap = sizeof room };
 *	struct tspdm_view in = { .ptr = message, .len = message_len };
 */
#ifndef TSPDM_TYPES_H
#define TSPDM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__) || defined(__clang__)
#define TSPDM_API __attribute__((visibility("default")))
#define TSPDM_NODISCARD __attribute__((warn_unused_result))
#else
#define TSPDM_API
#define TSPDM_NODISCARD
#endif

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that belong to somebody else. `ptr` may be NULL only where `len` is 0. The lifetime is told by the function
 * that gives or takes the view. */
struct tspdm_view {
	const uint8_t *ptr;
	size_t len;
};

/** Room of the caller's that a function fills from the front. `len` counts on beyond `cap` where the room does not
 * suffice (nothing is written past `cap`), so after TSPDM_ERR_BUFFER it says how much was needed. */
struct tspdm_buffer {
	uint8_t *ptr;
	size_t cap;
	size_t len;
};

/** The bytes that a buffer holds; empty where the buffer overflowed. */
static inline struct tspdm_view tspdm_buffer_view(const struct tspdm_buffer *buffer)
{
	struct tspdm_view view = { buffer->ptr, buffer->len <= buffer->cap ? buffer->len : 0 };

	return view;
}

/** What the two sides of a connection negotiated. `peer` is the other side: of a requester the responder, and the other way. */
struct tspdm_negotiated {
	uint8_t version;
	uint8_t measurement_specification;
	uint8_t opaque_format;
	uint8_t ct_exponent; /**< of the responder; 0 at the responder's */
	uint32_t asym;
	uint32_t hash;
	uint32_t measurement_hash;
	uint32_t peer_capabilities;
	uint32_t peer_data_transfer_size;
	uint32_t peer_max_message;
	uint32_t dhe; /**< 0 where there are no sessions, as is `aead` */
	uint32_t aead;
	uint32_t req_asym; /**< of the requester's signatures; 0 where both sides do not have MUT_AUTH */
};

#ifdef __cplusplus
}
#endif
#endif
