// Package demo is what the examples share: a command line, a client for the real API or for a fake of it, and a line
// of help for each error.
package demo

import (
	"strings"
	"time"
	"unicode"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/whatspietest"
)

const notice = `This is the built-in demo server: nothing leaves this machine, and no device costs anything.
For your own account: export WHATSPIE_API_TOKEN=... and run this again.
`

// Session is a client, and the fake server behind it unless the environment has a token.
type Session struct {
	Client *whatspie.Client
	// Server is nil for the real API.
	Server *whatspietest.Server
}

// Open makes a client for the account, or starts a fake server and says so.
func Open(app App, opts ...whatspietest.Option) (*Session, error) {
	return open(app, opts, nil)
}

func open(app App, fake []whatspietest.Option, opts []whatspie.Option) (*Session, error) {
	if app.Account != nil {
		client, err := app.Account(opts...)
		return &Session{Client: client}, err
	}
	app.Remarkf("%s", notice)
	server := whatspietest.NewServer(fake...)
	opts = append(opts, whatspie.WithPollInterval(time.Second)) // it does not mind
	return &Session{Client: server.Client(opts...), Server: server}, nil
}

// OpenFleet is Open with some devices on the fake server, and options of the client.
func OpenFleet(app App, opts ...whatspie.Option) (*Session, error) {
	session, err := open(app, nil, opts)
	if err == nil && session.Server != nil {
		addFleet(session.Server)
	}
	return session, err
}

func addFleet(server *whatspietest.Server) {
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

// Close stops the fake server.
func (s *Session) Close() {
	if s.Server != nil {
		s.Server.Close()
	}
}

// Printable makes a text from outside safe for a terminal.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, text)
}

// Or is a text for a terminal, or a dash where there is none.
func Or(text string) string {
	if text = Printable(text); text == "" {
		return "-"
	}
	return text
}
