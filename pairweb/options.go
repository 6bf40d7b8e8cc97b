package pairweb

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"slices"

	"github.com/whatspie-go/whatspie"
)

// Option configures a [Handler].
type Option func(*config)

type config struct {
	pair      []whatspie.PairOption
	logger    *slog.Logger // nil if there is none
	languages languages
	title     func(*http.Request) string
	returnURL func(*http.Request) string
	onPaired  func(context.Context, *whatspie.Device)
	style     string
}

func newConfig(opts []Option) config {
	c := config{languages: languages{"en": english, "id": indonesian}}
	for _, opt := range opts {
		opt(&c)
	}
	return c
}

// log returns the logger for all but what must never go unseen.
func (c config) log() *slog.Logger {
	if c.logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.logger
}

// WithPairOptions passes options on to [whatspie.DevicesService.Pair]. If Pair refuses one of them, every pairing fails
// with [Texts.Failed], and the reason is logged.
func WithPairOptions(opts ...whatspie.PairOption) Option {
	return func(c *config) { c.pair = slices.Concat(c.pair, opts) }
}

// WithLogger sets the logger that receives the reasons for failed pairings, which the page does not show. By default
// nothing is logged, except that a panic of a [WithOnPaired] function is logged to [slog.Default].
func WithLogger(logger *slog.Logger) Option {
	return func(c *config) {
		if logger != nil {
			c.logger = logger
		}
	}
}

// WithTexts sets the texts of the page by language tag, such as "de" or "pt-BR". English ("en") and Indonesian ("id")
// are built in; an entry for them changes only the fields that it sets. Fields that another language leaves empty are
// taken from its parent ("pt" for "pt-BR") if there is one, else from English. The Accept-Language header of a request
// selects its language; if nothing matches, it is English. WithTexts panics if a key is not a language tag.
func WithTexts(texts map[string]Texts) Option {
	texts = maps.Clone(texts)
	return func(c *config) {
		for _, tag := range slices.Sorted(maps.Keys(texts)) { // a parent comes before its children
			c.languages.add(tag, texts[tag])
		}
	}
}

// WithTitle sets a function that returns a title that says whose number is to be connected, such as the name of a
// customer. The page shows it below its heading, as plain text. If the title is empty, nothing is shown.
func WithTitle(title func(*http.Request) string) Option {
	return func(c *config) { c.title = title }
}

// WithReturnURL sets a function that returns the URL of the page to continue to once a phone is connected. The pairing
// page then links to it. The URL must be http or https with a host, or a path, absolute or relative to the page. For
// any other URL, no link is shown: an empty one, one with another scheme, or one that starts with two slashes, which
// would lead to another site. If the URL is taken from the request, the function must check that its host is trusted.
func WithReturnURL(returnURL func(*http.Request) string) Option {
	return func(c *config) { c.returnURL = returnURL }
}

// WithOnPaired sets a function that is called when a phone has connected to a device: once per connection, no matter
// how many tabs show the page. It is not called if the page is opened for a device that is already connected, unless
// this handler last saw that device without a phone. The handler does not notice connections that are made while no
// page of the device is open. To be notified of all connections, use [whatspie.DevicesService.Watch].
//
// The function runs on a goroutine of its own. Its context carries the values of the request that started the pairing,
// and is cancelled by [Handler.Close], which waits for the function. A panic is recovered and logged as an error.
func WithOnPaired(onPaired func(context.Context, *whatspie.Device)) Option {
	return func(c *config) { c.onPaired = onPaired }
}

// WithStyle appends CSS to the page's stylesheet, to set the custom properties that the package documentation lists.
func WithStyle(css string) Option {
	return func(c *config) { c.style += "\n" + css }
}
