/*
 * The floor under a node's latency: sends back whatever arrives on one connection at a time, spinning on the socket.
 * Listens on the loopback interface on a port of the system's choice, prints it, and ends when its input is closed.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[65536];

/* True when the process that started this one has closed our input: time to go. */
static int input_closed(void) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  return poll(&input, 1, 0) != 0;
}

static void echo(int connection) {
  for (long turn = 0;; turn++) {
    ssize_t got = recv(connection, buffer, sizeof buffer, 0);
    if (got == 0) return;
    if (got < 0) {
      if (errno != EAGAIN && errno != EINTR) return;
      if ((turn & 0xfffff) == 0 && input_closed()) return;
      continue;
    }
    for (ssize_t sent = 0; sent < got;) {
      ssize_t written = send(connection, buffer + sent, got - sent, MSG_NOSIGNAL);
      if (written > 0) sent += written;
      else if (errno != EAGAIN && errno != EINTR) return;
    }
  }
}

int main(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, length) != 0 || listen(listener, 8) != 0) return 1;
  getsockname(listener, (struct sockaddr *)&address, &length);
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  struct pollfd both[2] = {{.fd = listener, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (poll(both, 2, -1) > 0 && both[1].revents == 0) {
    int one = 1;
    int connection = accept(listener, 0, 0);
    if (connection < 0) continue;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(connection, F_SETFL, O_NONBLOCK);
    echo(connection);
    close(connection);
  }
  return 0;
}
