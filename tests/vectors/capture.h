/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reads recorded traffic for tests: classic pcap files of link types 1 (a TCP stream with the emulator's socket framing),
 * 291 (MCTP) and 292 (PCI DOE), as SPDM messages in the clear, in order. */
#ifndef TEST_CAPTURE_H
#define TEST_CAPTURE_H

#include <tspdm/types.h>

/* Called with each SPDM message in the clear. */
typedef void capture_visit(void *context, bool is_request, struct tspdm_view message);

/* Aborts the test (with a message) where the file is not what it should be. @returns number of messages */
unsigned capture_walk(const char *path, capture_visit *visit, void *context);

#endif
