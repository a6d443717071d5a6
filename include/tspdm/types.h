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

#ifdef __cplusplus
}
#endif
#endif
