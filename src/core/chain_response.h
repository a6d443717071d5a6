/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * CERTIFICATE as either role answers it with a chain of its own. */
#ifndef TSPDM_CORE_CHAIN_RESPONSE_H
#define TSPDM_CORE_CHAIN_RESPONSE_H

#include <tspdm/message.h>

#include "core/chain.h"

/* Appends the CERTIFICATE that answers `request` from the image: as much of what was asked for as there is, and as fits
 * `out`; or its size alone, where only that was asked for. TSPDM_ERR_PORTION: Offset is not in the chain;
 * TSPDM_ERR_BUFFER: not even the fields beside the portion fit. */
enum tspdm_status tspdm_chain_response(const struct chain_image *image, const struct tspdm_shape *shape,
	const struct tspdm_get_certificate *request, struct tspdm_buffer *out);

#endif
