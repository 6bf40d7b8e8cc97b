package pairweb

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/whatspie-go/whatspie"
)

// Option changes a [Handler]. Options may be given in any order. If two of them set the same value, the later one wins,
// except that [WithPairOptions], [WithTexts] and [WithStyle] add to earlier ones. A nil function or logger means the
// default.
type Option func(*config)

type config struct {
	pairOptions []whatspie.PairOption
	logger      *slog.Logger     // nil if nothing is logged
	texts       map[string]Texts // by canonical language tag, as given in options
	title       func(*http.Request) string
	returnURL   func(*http.Request) string
	onPaired    func(context.Context, *whatspie.Device)
	style       string
}

func newConfig(opts []Option) config {
	c := config{texts: map[string]Texts{}}
	for _, opt := range opts {
		opt(&c)
	}
	return c
}

// log returns the logger, or one that discards everything.
func (c config) log() *slog.Logger {
	if c.logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.logger
}

// WithPairOptions passes options to [whatspie.DevicesService.Pair]. [NewHandler] panics if Pair rejects one of them.
func WithPairOptions(opts ...whatspie.PairOption) Option {
	return func(c *config) { c.pairOptions = slices.Concat(c.pairOptions, opts) }
}

// WithLogger sets the logger for errors that the page does not show, such as why a pairing failed. By default they are
// not logged. Only a panic of the function set with [WithOnPaired] is always logged, by default to [slog.Default].
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) { c.logger = logger }
}

// WithTexts sets the texts of the page by language tag, such as "de" or "pt-BR". The Accept-Language header of a
// request selects the language; if no language matches, it is English.
//
// English ("en") and Indonesian ("id") are built in, and texts for them replace only the fields that are set. In any
// other language, a field that is empty is taken from the parent language ("pt" for "pt-BR") if there is one, and
// otherwise from English. WithTexts panics if a key is not a language tag.
func WithTexts(texts map[string]Texts) Option {
	for _, tag := range slices.Sorted(maps.Keys(texts)) {
		if !languageTag.MatchString(tag) {
			panic(fmt.Sprintf("pairweb: WithTexts: %q is not a language tag", tag))
		}
	}
	texts = maps.Clone(texts)
	return func(c *config) {
		for _, tag := range slices.Sorted(maps.Keys(texts)) {
			canonical := canonicalTag(tag)
			c.texts[canonical] = texts[tag].withDefaults(c.texts[canonical])
		}
	}
}

// WithTitle sets a function that returns a title for the page, such as the name of the customer whose number is to be
// connected. The title is shown below the heading, as plain text. If it is empty, nothing is shown.
func WithTitle(title func(*http.Request) string) Option {
	return func(c *config) { c.title = title }
}

// WithReturnURL sets a function that returns the URL of a page to continue to. Once a phone is connected, the pairing
// page shows a link to it.
//
// The URL must be http or https with a host, or a path, absolute or relative to the page. For any other URL no link is
// shown, which includes an empty URL and one that starts with two slashes, because it leads to another site. If the URL
// comes from the request, the function must check that its host is trusted.
func WithReturnURL(returnURL func(*http.Request) string) Option {
	return func(c *config) { c.returnURL = returnURL }
}

// WithOnPaired sets a function that is called when a phone has connected to a device: once per connection, no matter
// how many tabs show the page. With several processes, it is called once in each process that has a page of the device
// open. It is not called if the device is already connected when the page is opened, unless this handler last saw it
// without a phone.
//
// There are two exceptions, because the handler keeps nothing across restarts and polls only while a page is open:
//
//   - A connection is missed if the handler has not seen the device without a phone before it. The handler sees nothing
//     while no page of the device is open, and while requests to the API fail.
//   - The function may be called for a device that was already connected if the API, before it reports the status
//     PAIRED, returns a code or, after a restart, says that it has none.
//
// To be notified of all connections, use [whatspie.DevicesService.Watch].
//
// The function runs on its own goroutine. Its context has the values of the request that started the pairing, and is
// canceled by [Handler.Close], which waits for the function to return. A panic is recovered and logged as an error.
func WithOnPaired(onPaired func(context.Context, *whatspie.Device)) Option {
	return func(c *config) { c.onPaired = onPaired }
}

// WithStyle appends CSS to the page's stylesheet. It is meant for the custom properties that the package documentation
// lists; the page's elements, classes and IDs may change in any version.
func WithStyle(css string) Option {
	return func(c *config) { c.style += "\n" + css }
}
