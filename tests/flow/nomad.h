/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * A pair whose responder has its memory for one message at a time. */
#ifndef TEST_NOMAD_H
#define TEST_NOMAD_H

#include "pair.h"

/* Takes the memory away that it was configured with. */
void nomad_begin(struct pair *pair, const struct tspdm_responder_config *config);
/* Before a message: what is missing comes, with rubbish in it. */
void nomad_lend(struct pair *pair);
/* After it: what is not in use is freed, so that a use of it shows under valgrind and sanitizers. */
void nomad_take_back(struct pair *pair);
void nomad_free(struct pair *pair);

#endif
