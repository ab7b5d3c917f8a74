/** Written into a directory that `belfry render` fills, so that it is known again: it may be replaced, and compared. */
export const renderMarker = ".belfry-render";
