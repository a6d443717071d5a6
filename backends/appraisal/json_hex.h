/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Bytes in JSON. */
#ifndef TSPDM_APPRAISAL_JSON_HEX_H
#define TSPDM_APPRAISAL_JSON_HEX_H

#include <jansson.h>

#include <tspdm/types.h>

/* @returns a string of lower-case hex, the caller's; NULL without memory */
json_t *tspdm_json_hex(struct tspdm_view bytes);

#endif
