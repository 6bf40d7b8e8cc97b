package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	defaultAddr            = "127.0.0.1:9090"
	defaultControl         = "127.0.0.1:9091"
	defaultToken           = "whatspietest-token"
	defaultShutdownTimeout = 3 * time.Second
)

const usage = `whatspie-fake is a stateful fake of the Whatspie API. Its QR codes can be scanned.

usage: whatspie-fake [flags]

  -addr ADDR             address of the API; without a host, all addresses of this machine
                         (default ` + defaultAddr + `)
  -token TOKEN           bearer token that the API accepts (default ` + defaultToken + `)
  -limit N               number of devices that the account may have; -1 means no limit (default -1)
  -seed NAMES            names of devices to start with, separated by commas; they get the IDs 1, 2, 3...
  -qr-lifetime DURATION  lifetime of every QR code, such as 5s; 0 means 60s for the first code of a pairing and
                         20s for each later one (default 0)
  -qr-rotation           replace QR codes on a fixed schedule, six in a row, instead of on request
  -control ADDR          address of the control API; without a host, 127.0.0.1, where only this machine has access;
                         "" turns it off (default ` + defaultControl + `)
  -h                     print this help

The control API needs no token. Everyone with access to it can control the fake:

  POST   /devices/{id}/scan        a phone scans the QR code and connects
  POST   /devices/{id}/expire      the QR code expires
  POST   /devices/{id}/suspend     the device is suspended
  POST   /devices/{id}/disconnect  the phone logs out
  DELETE /devices/{id}             the device is removed
  POST   /faults                   add a fault (a JSON object, see below)
  DELETE /faults                   remove all faults
  GET    /requests                 list the last 10,000 requests to the API, as JSON without credentials

A successful change returns status 204, an unknown device 404, an invalid request 400.

A fault changes the responses to the requests that it matches. All its fields are optional:

  method, path  the requests to match, such as "POST" and "/devices/*"; without them, every request. A method is in
                upper case, and a path starts with a slash
  times         number of requests to apply to; 0 means 1, -1 means all
  status, body  sent instead of the normal response; the request is not performed, except with lose
  header        headers to add to the response, such as {"Retry-After": ["2"]}
  delay         time to wait before the response, such as "2s"
  drop          true: do not perform the request, and close the connection
  refuse        the same as drop, because the connection is already open
  lose          true: perform the request, then close the connection, or send status and body if they are set
  truncate      number of bytes of the body after which to close the connection; -1 means before the first one

Examples:

  curl -H "Authorization: Bearer ` + defaultToken + `" http://` + defaultAddr + `/devices
  curl -X POST http://` + defaultControl + `/devices/1/scan
  curl -d '{"path": "/devices", "status": 503, "times": 2, "delay": "500ms"}' http://` + defaultControl + `/faults

To use the fake in a Go program with NewClientFromEnv:

  export WHATSPIE_BASE_URL=http://` + defaultAddr + ` WHATSPIE_API_TOKEN=` + defaultToken + `

The fake itself reads no environment variable. It logs requests to stderr, without tokens and QR codes. Stop it with
SIGINT or SIGTERM. Exit codes: 0 after such a signal, 1 on failure, 2 on wrong usage.
`

type settings struct {
	addr, control   string
	token           string
	limit           int
	seed            []string
	lifetime        time.Duration
	rotation        bool
	shutdownTimeout time.Duration // for requests in progress after a signal
}

func parse(args []string) (settings, error) {
	s := settings{shutdownTimeout: defaultShutdownTimeout}
	var seed string
	flags := flag.NewFlagSet("whatspie-fake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error
	flags.StringVar(&s.addr, "addr", defaultAddr, "")
	flags.StringVar(&s.token, "token", defaultToken, "")
	flags.IntVar(&s.limit, "limit", -1, "")
	flags.StringVar(&seed, "seed", "", "")
	flags.DurationVar(&s.lifetime, "qr-lifetime", 0, "")
	flags.BoolVar(&s.rotation, "qr-rotation", false, "")
	flags.StringVar(&s.control, "control", defaultControl, "")
	err := flags.Parse(args)
	switch {
	case err != nil:
		return s, err
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case s.token == "":
		return s, errors.New("-token is empty")
	case s.lifetime < 0:
		return s, fmt.Errorf("-qr-lifetime %v is negative", s.lifetime)
	}
	if s.addr, err = withHost(s.addr, ""); err != nil {
		return s, fmt.Errorf("-addr: %w", err)
	}
	if s.control != "" {
		if s.control, err = withHost(s.control, "127.0.0.1"); err != nil {
			return s, fmt.Errorf("-control: %w", err)
		}
	}
	s.seed, err = names(seed)
	return s, err
}

// withHost validates an address. If the address has no host, it adds defaultHost.
func withHost(addr, defaultHost string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(cmp.Or(host, defaultHost), port), nil
}

func names(list string) ([]string, error) {
	if list == "" {
		return nil, nil
	}
	all := strings.Split(list, ",")
	for i, name := range all {
		if all[i] = strings.TrimSpace(name); all[i] == "" {
			return nil, fmt.Errorf("-seed %q has an empty name", list)
		}
	}
	return all, nil
}
