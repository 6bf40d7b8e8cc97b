package pairweb

import (
	"embed"
	"path"
)

//go:embed assets
var assets embed.FS

// The last path segments that have a meaning; any other is the page.
const (
	eventsName   = "events"
	styleFile    = "pairweb.css"
	scriptFile   = "pairweb.js"
	streamScript = "pairweb-stream.js"
)

var contentTypes = map[string]string{
	styleFile:    "text/css; charset=utf-8",
	scriptFile:   "text/javascript; charset=utf-8",
	streamScript: "text/javascript; charset=utf-8",
}

// pageFiles returns the files that the page refers to, by name, with style appended to the stylesheet.
func pageFiles(style string) map[string][]byte {
	files := map[string][]byte{}
	for name := range contentTypes {
		files[name] = mustRead(name)
	}
	files[styleFile] = append(files[styleFile], style...)
	return files
}

// mustRead reads an asset. It panics only if the package was built without it.
func mustRead(name string) []byte {
	body, err := assets.ReadFile(path.Join("assets", name))
	if err != nil {
		panic("pairweb: " + err.Error())
	}
	return body
}
