package whatspietest

import (
	"slices"
	"time"

	"github.com/whatspie-go/whatspie"
)

const (
	defaultToken    = "whatspietest-token"
	firstLifetime   = 60 * time.Second
	laterLifetime   = 20 * time.Second
	codesPerPairing = 6
	unlimited       = -1
)

// extraPackage is not documented. Published clients create devices with it.
const extraPackage whatspie.PackageCode = "STARTUP60K"

// Option changes a [Server]. Options may be given in any order. If two of them set the same value, the later one wins.
// An option with an invalid argument panics.
type Option func(*config)

type config struct {
	addr           string
	token          string
	deviceLimit    int
	codes          codeSchedule
	packages       []whatspie.PackageCode
	createResponse CreateResponse
	withoutNames   bool
	withoutSocket  bool
}

func newConfig(opts []Option) config {
	cfg := config{
		token:       defaultToken,
		deviceLimit: unlimited,
		codes:       codeSchedule{first: firstLifetime, later: laterLifetime},
		packages:    []whatspie.PackageCode{extraPackage},
	}
	for _, p := range whatspie.Packages() {
		cfg.packages = append(cfg.packages, p.Code)
	}
	for _, opt := range opts {
		opt(&cfg)
	}
	return cfg
}

// WithAddr makes the server listen on a TCP address such as "127.0.0.1:9090". By default it listens on a free loopback
// port. If the address has no host, or one that stands for all addresses of the machine, [Server].URL has the host
// 127.0.0.1. WithAddr panics if addr is empty, and [NewServer] panics if it cannot listen on it. WithAddr has no effect
// together with [WithoutSocket].
func WithAddr(addr string) Option {
	if addr == "" {
		panic("whatspietest: WithAddr: the address is empty")
	}
	return func(c *config) { c.addr = addr }
}

// WithToken sets the bearer token that the server accepts. The default is "whatspietest-token". It panics if token is
// empty.
func WithToken(token string) Option {
	if token == "" {
		panic("whatspietest: WithToken: the token is empty")
	}
	return func(c *config) { c.token = token }
}

// WithDeviceLimit sets how many devices the account may have. A creation beyond the limit fails with "Device limit
// exceeded"; [Server.AddDevice] ignores the limit. If n is 0, every creation fails. If n is negative, there is no
// limit, which is the default.
func WithDeviceLimit(n int) Option {
	return func(c *config) { c.deviceLimit = n }
}

// WithQRLifetime sets the lifetime of every QR code. The default is 60 seconds for the first code of a pairing and 20
// seconds for each later one. It panics unless d is positive.
func WithQRLifetime(d time.Duration) Option {
	if d <= 0 {
		panic("whatspietest: WithQRLifetime: " + d.String() + " is not positive")
	}
	return func(c *config) { c.codes.first, c.codes.later = d, d }
}

// WithQRRotation replaces QR codes on a fixed schedule, as gateways to WhatsApp do. The first request for a code starts
// a pairing of six codes. Each code replaces its predecessor as soon as that one expires, even if no code is requested,
// and a request returns the current code. After the sixth code the device is EXPIRED, and the next request starts a new
// pairing. Without this option, a code is generated only on request, and there is no limit to their number.
func WithQRRotation() Option {
	return func(c *config) { c.codes.perPairing = codesPerPairing }
}

// WithPackages sets the package codes that the server accepts for a new device. The default is those of
// [whatspie.Packages] and STARTUP60K, which some published clients use. Without any codes, every creation fails with
// "Invalid package type".
func WithPackages(codes ...whatspie.PackageCode) Option {
	codes = slices.Clone(codes)
	return func(c *config) { c.packages = codes }
}

// WithCreateResponse sets the form of the response to a creation. The default is [CreateResponseDevice]. It panics if
// form is not one of the constants.
func WithCreateResponse(form CreateResponse) Option {
	if form < CreateResponseDevice || form > CreateResponseCreated {
		panic("whatspietest: WithCreateResponse: no such form")
	}
	return func(c *config) { c.createResponse = form }
}

// WithoutNames omits the names of devices from all responses, as the API's documentation does. By default, a device
// that has a name is returned with it, as published clients expect.
func WithoutNames() Option {
	return func(c *config) { c.withoutNames = true }
}

// WithoutSocket creates the server without a listener and without goroutines, for testing/synctest. No port is open at
// its URL: use [Server.Client], [Server.Transport] or [Server.Handler] to reach it.
func WithoutSocket() Option {
	return func(c *config) { c.withoutSocket = true }
}

// CreateResponse is a form of the successful response to a creation. The API's documentation does not specify it, so a
// client should handle all of them.
type CreateResponse int

// The forms of the response to a creation.
const (
	// CreateResponseDevice has the device in data.
	CreateResponseDevice CreateResponse = iota
	// CreateResponseID has an object in data with only the device's ID.
	CreateResponseID
	// CreateResponseArray has an array in data with only the device.
	CreateResponseArray
	// CreateResponseBare is the device itself, without an envelope.
	CreateResponseBare
	// CreateResponseNoData reports success without data: the device was created, but the response does not identify it.
	CreateResponseNoData
	// CreateResponseCreated is CreateResponseDevice with HTTP status 201 Created.
	CreateResponseCreated
)
