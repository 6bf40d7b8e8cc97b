package whatspietest

import (
	"slices"
	"time"

	"github.com/whatspie-go/whatspie"
)

const (
	defaultToken  = "whatspietest-token"
	firstLifetime = 60 * time.Second
	nextLifetime  = 20 * time.Second
	rotationCodes = 6
	unlimited     = -1
)

// extraPackage is undocumented; according to public code, the live service accepts it.
const extraPackage whatspie.PackageCode = "STARTUP60K"

// Option sets up a [Server]. An option that makes no sense panics and says why.
type Option func(*config)

type config struct {
	addr         string
	token        string
	deviceLimit  int
	codes        codeClock
	packages     []whatspie.PackageCode
	createAnswer CreateAnswer
	withoutNames bool
	socketless   bool
}

func newConfig(opts []Option) config {
	cfg := config{
		token:       defaultToken,
		deviceLimit: unlimited,
		codes:       codeClock{first: firstLifetime, next: nextLifetime},
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

// WithAddr makes the server listen on a TCP address, such as "127.0.0.1:9090", instead of a free loopback port. If the
// address names no host, or all addresses of the machine, [Server.URL] has 127.0.0.1. [NewServer] panics if it cannot
// listen there. WithAddr panics if addr is empty, and has no effect together with [WithoutSocket].
func WithAddr(addr string) Option {
	if addr == "" {
		panic("whatspietest: WithAddr: the address is empty")
	}
	return func(c *config) { c.addr = addr }
}

// WithToken sets the bearer token that the server accepts, instead of a fixed made-up one. It panics when empty.
func WithToken(token string) Option {
	if token == "" {
		panic("whatspietest: WithToken: the token is empty")
	}
	return func(c *config) { c.token = token }
}

// WithDeviceLimit sets how many devices the plan allows: a creation beyond it fails with "Device limit exceeded".
// 0 allows none, a negative n any number, which is the default. [Server.AddDevice] ignores the limit.
func WithDeviceLimit(n int) Option {
	return func(c *config) { c.deviceLimit = n }
}

// WithQRLifetime makes every QR code last d, instead of 60 seconds for the first code of a pairing and 20 for each
// next one. It panics unless d is positive.
func WithQRLifetime(d time.Duration) Option {
	if d <= 0 {
		panic("whatspietest: WithQRLifetime: " + d.String() + " is not positive")
	}
	return func(c *config) { c.codes.first, c.codes.next = d, d }
}

// WithQRRotation makes QR codes change by the server's own clock, as gateways to WhatsApp do: the first request for a
// code starts a session of six codes, one after the other, whether or not anybody asks for them. A request gets the
// code of that moment. After the sixth the device is EXPIRED, and the next request starts a new session. Without this
// option a code is made only when it is asked for, without end.
func WithQRRotation() Option {
	return func(c *config) { c.codes.inSession = rotationCodes }
}

// WithPackages sets the package codes that a creation may name, instead of [whatspie.Packages] and STARTUP60K,
// which public code uses. Without codes every creation fails with "Invalid package type".
func WithPackages(codes ...whatspie.PackageCode) Option {
	return func(c *config) { c.packages = slices.Clone(codes) }
}

// WithCreateAnswer sets the shape of the response to a creation, instead of [CreateAnswerDevice]. It panics when the
// shape is not one of the constants.
func WithCreateAnswer(shape CreateAnswer) Option {
	if shape < CreateAnswerDevice || shape > CreateAnswerCreated {
		panic("whatspietest: WithCreateAnswer: no such shape")
	}
	return func(c *config) { c.createAnswer = shape }
}

// WithoutNames leaves the name out of every device, as the documented responses do. By default a device
// that has a name shows it, as public code expects.
func WithoutNames() Option {
	return func(c *config) { c.withoutNames = true }
}

// WithoutSocket makes a server that does not listen and starts no goroutine, for testing/synctest. Its URL leads
// nowhere: reach it through [Server.Client], [Server.Transport] or [Server.Handler].
func WithoutSocket() Option {
	return func(c *config) { c.socketless = true }
}

// CreateAnswer is the shape of a successful response to a creation, which the API's documentation leaves open.
type CreateAnswer int

// The shapes that clients of the API have to expect.
const (
	// CreateAnswerDevice has the whole device in data.
	CreateAnswerDevice CreateAnswer = iota
	// CreateAnswerID has an object with nothing but the ID in data.
	CreateAnswerID
	// CreateAnswerArray has an array of one device in data.
	CreateAnswerArray
	// CreateAnswerBare is the device without an envelope.
	CreateAnswerBare
	// CreateAnswerNone reports success without data: the device exists, and the response does not say which.
	CreateAnswerNone
	// CreateAnswerCreated is CreateAnswerDevice with HTTP status 201.
	CreateAnswerCreated
)
