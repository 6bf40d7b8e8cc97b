package whatspie

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/whatspie-go/whatspie/internal/transport"
	"github.com/whatspie-go/whatspie/internal/wire"
)

// errIncomplete means that not all pages of a list could be read.
var errIncomplete = errors.New("the list is incomplete")

// mostPages limits the number of pages of one list.
const mostPages = 10_000

// pages follows the pages of a list, in case the server paginates it.
type pages struct {
	base *url.URL
	// most limits the bytes of all pages together; 0 means no limit.
	most int64
	// path is the current page, next the one after it (empty after the last).
	path, next string
	// size is the number of bytes of the current page, before that of all earlier ones.
	size   int
	before int64
	seen   map[string]bool
}

func newPages(c *caller, from route) *pages {
	return &pages{base: c.transport.Base, path: from.path}
}

// advance moves to the next page, and reports whether there is one.
func (p *pages) advance() bool {
	if p.next == "" {
		return false
	}
	if p.seen == nil {
		p.seen = map[string]bool{p.path: true}
	}
	p.seen[p.next] = true
	p.before += int64(p.size)
	p.path, p.next = p.next, ""
	return true
}

// follow determines the next page from the current page's paging information.
func (p *pages) follow(around wire.Paging) error {
	var err error
	if p.next, err = p.after(around); err != nil {
		p.next = ""
		return fmt.Errorf("%w: %w", errIncomplete, err)
	}
	switch {
	case p.most > 0 && p.before+int64(p.size) > p.most:
		return transport.ErrTooLarge
	case p.seen[p.next]:
		return fmt.Errorf("%w: its next page was already read", errIncomplete)
	case len(p.seen) >= mostPages:
		return fmt.Errorf("%w: it has more than %d pages", errIncomplete, mostPages)
	default:
		return nil
	}
}

// after returns the path of the next page; empty after the last.
func (p *pages) after(around wire.Paging) (string, error) {
	here, _, _ := strings.Cut(p.path, "?")
	current := cmp.Or(around.Current, int64(len(p.seen)), 1)
	switch {
	case around.Unreadable:
		return "", errors.New("the link to its next page cannot be read")
	case around.Next != "":
		return p.link(here, strings.TrimSpace(around.Next))
	case around.Last > current:
		return here + "?page=" + strconv.FormatInt(current+1, 10), nil
	default:
		return "", nil
	}
}

// link converts a link to a path. It must have the scheme, host and path of the current page, so that only the query
// differs.
func (p *pages) link(here, next string) (string, error) {
	list, err := url.Parse(p.base.String() + here)
	if err != nil {
		return "", err
	}
	link, err := list.Parse(next)
	if err != nil || !transport.SameOrigin(list, link) || link.EscapedPath() != list.EscapedPath() {
		return "", errors.New("its next page is on another scheme, host or path")
	}
	path := here + "?" + link.RawQuery
	if transport.CheckPath(path) != nil {
		return "", errors.New("the link to its next page cannot be followed")
	}
	return path, nil
}
