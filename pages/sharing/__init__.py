"""Taking the pages elsewhere: pictures for links to them, frames, citations, the map of the site."""
