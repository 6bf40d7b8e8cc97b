// Package demo contains what the examples share: a command line, a client for the account or for a fake of the API, and
// help texts for errors.
package demo

import (
	"strings"
	"time"
	"unicode"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const notice = `Using a fake of the API. Nothing is sent to Whatspie, and devices cost nothing.
To use your account, set WHATSPIE_API_TOKEN and run this again.
`

// Session is a client and, if the environment has no token, the fake that it uses.
type Session struct {
	Client *whatspie.Client
	// Server is the fake; nil with an account.
	Server *whatspietest.Server
}

// Open returns a client for the account. Without a token it starts a fake and prints a notice.
func Open(app App, opts ...whatspietest.Option) (*Session, error) {
	return open(app, opts, nil)
}

func open(app App, fake []whatspietest.Option, opts []whatspie.Option) (*Session, error) {
	if app.Account != nil {
		client, err := app.Account(opts...)
		return &Session{Client: client}, err
	}
	app.Logf("%s", notice)
	server := whatspietest.NewServer(fake...)
	opts = append(opts, whatspie.WithPollInterval(time.Second)) // the fake has no rate limit
	return &Session{Client: server.Client(opts...), Server: server}, nil
}

// OpenWithDevices is Open with client options, and with some devices on the fake.
func OpenWithDevices(app App, opts ...whatspie.Option) (*Session, error) {
	session, err := open(app, nil, opts)
	if err == nil && session.Server != nil {
		addDevices(session.Server)
	}
	return session, err
}

func addDevices(server *whatspietest.Server) {
	startup := whatspie.Package{Code: whatspie.PackageStartup, Name: "Startup"}
	for _, device := range []whatspie.Device{
		{
			Name: "Customer Service", Phone: "6200081234567", PairedStatus: whatspie.PairedStatusPaired, Package: startup,
			Subscription: whatspie.Subscription{QuotaAvailable: -1, QuotaUsed: 62755},
		},
		{
			Name: "Sales", Package: startup,
			Subscription: whatspie.Subscription{QuotaAvailable: 240000, QuotaUsed: 151200},
		},
		{
			Name: "Night shift", Phone: "6200087654321", PairedStatus: whatspie.PairedStatusSuspended, Package: startup,
			Subscription: whatspie.Subscription{QuotaAvailable: 60000, QuotaUsed: 59800},
		},
	} {
		server.AddDevice(device)
	}
}

// Close stops the fake, if there is one.
func (s *Session) Close() {
	if s.Server != nil {
		s.Server.Close()
	}
}

// Printable removes control characters, which could manipulate the terminal.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}

// OrDash returns a printable text, or a dash if it is empty.
func OrDash(text string) string {
	if text = Printable(text); text == "" {
		return "-"
	}
	return text
}
