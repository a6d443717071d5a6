/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Telling the service manager how things stand: sd_notify(3)'s protocol, datagrams to the socket in $NOTIFY_SOCKET. */
#ifndef ATTESTER_NOTIFY_H
#define ATTESTER_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/* Nothing happens where nobody wants to know. */
void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
void notify_alive(void);

/* How often notify_alive() is to be called, microseconds; 0: never. */
uint64_t notify_alive_us(void);

#endif
