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
	variable       = "WHATSPIE_API_TOKEN"
	defaultAddr    = "127.0.0.1:9090"
	defaultControl = "127.0.0.1:9091"
	defaultToken   = "whatspietest-token"
	defaultGrace   = 3 * time.Second
)

const usage = `whatspie-fake is a stateful fake of the Whatspie API, with QR codes that can be scanned.

usage: whatspie-fake [flags]

  -addr ADDR            address of the API (default ` + defaultAddr + `)
  -token TOKEN          bearer token that the API accepts
                        (default $` + variable + `, else ` + defaultToken + `)
  -limit N              devices that the plan allows; -1 is any number (default -1)
  -seed NAMES           devices to start with, as names separated by commas; their IDs count from 1
  -qr-lifetime DURATION lifetime of every QR code, such as 5s; 0 is 60s for the first and 20s for each next (default 0)
  -qr-rotation          change codes by the server's clock, six in a session, instead of on request
  -control ADDR         address of the control; without a host it is 127.0.0.1, so name the host to open it to
                        others; if it is empty, there is none (default ` + defaultControl + `)
  -h                    print this

The control has no login. Whoever reaches it controls the fake:

  POST   /devices/{id}/scan        a phone connects to the device
  POST   /devices/{id}/expire      its QR code expires
  POST   /devices/{id}/suspend     it is suspended
  POST   /devices/{id}/disconnect  its phone logs out
  DELETE /devices/{id}             it is removed
  POST   /faults                   add a fault, as JSON
  DELETE /faults                   remove all faults
  GET    /requests                 the last 10,000 API requests as JSON, without credentials

A change is answered with 204, an unknown device with 404, a bad request with 400. The fields of a fault, all optional:

  method, path  requests that get it, such as "POST" and "/devices/*"; absent: any
  times         how many requests get it: 0 is 1, -1 is all
  status, body  response instead of the normal one
  header        added to the response, such as {"Retry-After": ["2"]}
  delay         wait before the response, such as "2s"
  drop          true: close the connection without a response
  lose          true: do what was requested, then lose the response
  truncate      close the connection after so many bytes of the body; -1 is none

Examples:

  curl -H "Authorization: Bearer ` + defaultToken + `" http://` + defaultAddr + `/devices
  curl -X POST http://` + defaultControl + `/devices/1/scan
  curl -d '{"path": "/devices", "status": 503, "times": 2, "delay": "500ms"}' http://` + defaultControl + `/faults

For a Go client: export WHATSPIE_BASE_URL=http://` + defaultAddr + ` ` + variable + `=` + defaultToken + `
Logs go to stderr, without tokens and codes. SIGINT and SIGTERM end it. Exit codes: 0 ended by a signal, 1 failed,
2 wrong usage.
`

type settings struct {
	addr, control string
	token         string
	limit         int
	seed          []string
	lifetime      time.Duration
	rotation      bool
	grace         time.Duration // time for requests in progress after a signal
}

func parse(args []string, getenv func(string) string) (settings, error) {
	s := settings{grace: defaultGrace}
	var seed string
	flags := flag.NewFlagSet("whatspie-fake", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller prints the error
	flags.StringVar(&s.addr, "addr", defaultAddr, "")
	flags.StringVar(&s.token, "token", cmp.Or(getenv(variable), defaultToken), "")
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
	if s.addr, err = hostPort(s.addr, ""); err != nil {
		return s, fmt.Errorf("-addr: %w", err)
	}
	if s.control != "" {
		if s.control, err = hostPort(s.control, "127.0.0.1"); err != nil {
			return s, fmt.Errorf("-control: %w", err)
		}
	}
	s.seed, err = names(seed)
	return s, err
}

// hostPort validates an address, and adds the host if it has none.
func hostPort(addr, host string) (string, error) {
	given, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(cmp.Or(given, host), port), nil
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
